import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatSummary, type RunSummary } from '../../../../host/cli/summary.ts';
import { ReadyEvent } from '../../../../protocol/messages.ts';
import { parseWith } from '../../../../protocol/parse.ts';
import { readyEvent } from '../support/fake-guest.ts';

const summary: RunSummary = {
  description: {
    architecture: 'x86_64',
    machine: 'q35',
    accelerator: 'tcg',
    cpus: 2,
    memoryMiB: 512,
    kernelPath: '/k',
    initramfsPath: '/i',
    kernelArguments: [],
    disks: [],
    channelSocketPath: '/c',
    console: { logPath: '/l' },
  },
  accelerator: { accelerator: 'tcg', reason: 'asked for' },
  title: 'QEMU 7.2.22',
  bootFiles: {
    kernelPath: '/k',
    kernelRelease: '6.1.0',
    initramfsPath: '/i',
    initramfsBytes: 118 * 1024 * 1024,
    modules: ['virtio_blk', 'virtio_pci'],
    availableModules: undefined,
    runtimeDiskPath: undefined,
  },
  rootDisk: { format: 'squashfs', sizeBytes: 4 * 1024 * 1024 },
  ready: parseWith(ReadyEvent, readyEvent(1), 'a test event'),
  preparationMs: 210,
  machineMs: 7400,
  exit: '0',
};

describe('formatSummary()', () => {
  it('fits one screen and says what booted, when and how it ended', () => {
    assert.deepEqual(formatSummary(summary).split('\n'), [
      'boot summary',
      '  kernel      6.1.0-test',
      '  machine     q35, 2 CPUs, 512 MiB, QEMU 7.2.22',
      '  accelerator tcg (asked for)',
      '  initramfs   118.0 MiB',
      '  runtime     in the initramfs',
      '  modules     5 loaded of 2 in the initramfs',
      '  root disk   squashfs, 4.0 MiB',
      '  boot, ms    early     800.3      +2.8',
      '  memory      488.3 MiB, 390.6 MiB available at the start',
      '  wall time   0.21 s preparation, 7.40 s machine',
      '  exit        0',
    ]);
  });

  it('tells of a runtime on a disk', () => {
    const bootFiles = { ...summary.bootFiles, runtimeDiskPath: '/r' };
    assert.match(formatSummary({ ...summary, bootFiles }), /runtime {5}on a disk, EROFS\n/);
  });

  it('says so when the workload never started', () => {
    const text = formatSummary({ ...summary, ready: undefined });
    assert.match(text, /kernel {6}6\.1\.0\n/);
    assert.match(text, /boot {8}the workload was not started\n/);
  });
});
