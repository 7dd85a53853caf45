import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  chooseMachineType,
  describeMachine,
  guestArchitecture,
  type MachineLayout,
} from '../../../../host/launch/machine-layout.ts';
import { machineManifest } from '../../../../host/launch/machine-manifest.ts';

describe('chooseMachineType()', () => {
  for (const [architecture, wish, expected] of [
    ['x86_64', 'auto', 'q35'],
    ['x86_64', 'pc', 'pc'],
    ['x86_64', 'microvm', 'microvm'],
    ['x86_64', 'virt', undefined],
    ['aarch64', 'auto', 'virt'],
    ['aarch64', 'virt', 'virt'],
    ['aarch64', 'q35', undefined],
  ] as const) {
    it(`answers ${wish} on ${architecture} with ${expected ?? 'nothing'}`, () => {
      assert.equal(chooseMachineType(architecture, wish), expected);
    });
  }
});

it('guestArchitecture() knows the architectures that have guests', () => {
  assert.deepEqual(['x64', 'arm64', 'riscv64'].map(guestArchitecture), ['x86_64', 'aarch64', undefined]);
});

const layout: MachineLayout = {
  architecture: 'x86_64',
  machine: 'q35',
  accelerator: 'tcg',
  cpus: 1,
  memoryMiB: 512,
  logLevel: 'info',
  tscKHz: undefined,
  kernelPath: '/vmlinuz',
  initramfsPath: '/initramfs.cpio',
  rootDiskPath: '/m/root.erofs',
  configDiskPath: '/m/config.squashfs',
  channelSocketPath: '/m/channel.sock',
  console: { logPath: '/m/console.log' },
  network: undefined,
};

it('describeMachine() attaches disks and shares behind the two that every machine has', () => {
  const disk = { path: '/data.ext4', serial: 'firstborn-vol-0', readonly: false, format: 'raw' } as const;
  const share = { driver: 'virtiofs', tag: 'firstborn-vol-1', socketPath: '/m/share1.sock' } as const;
  const description = describeMachine({ ...layout, volumeDisks: [disk], shares: [share] });
  assert.deepEqual(description.disks.slice(2), [disk]);
  assert.deepEqual(description.shares, [share]);
  assert.equal('shares' in describeMachine(layout), false);
});

it('describeMachine() attaches the two disks read-only under their serials', () => {
  const description = describeMachine(layout);
  assert.deepEqual(description.disks, [
    { path: '/m/root.erofs', serial: 'firstborn-root', readonly: true, format: 'raw' },
    { path: '/m/config.squashfs', serial: 'firstborn-config', readonly: true, format: 'raw' },
  ]);
  assert.equal('network' in description, false);
  assert.equal(description.kernelArguments[0], 'console=ttyS0');
});

it('describeMachine() attaches a runtime disk as the third, before volumes', () => {
  const disk = { path: '/data.ext4', serial: 'firstborn-vol-0', readonly: false, format: 'raw' } as const;
  const { disks, ...rest } = describeMachine({
    ...layout,
    runtimeDiskPath: '/m/runtime.erofs',
    volumeDisks: [disk],
  });
  assert.deepEqual(disks.slice(2), [
    { path: '/m/runtime.erofs', serial: 'firstborn-runtime', readonly: true, format: 'raw' },
    disk,
  ]);
  assert.equal('runtimeDiskPath' in rest, false);
});

it('machineManifest() names files, serials, arguments and the port', () => {
  const manifest = machineManifest({
    xen: undefined,
    architecture: 'x86_64',
    machine: 'q35',
    cpus: 1,
    memoryMiB: 512,
    logLevel: 'info',
    kernelRelease: '6.1.0-56-cloud-amd64',
    manifestDigest: undefined,
    verity: undefined,
    names: {
      kernel: 'vmlinuz',
      initramfs: 'initramfs.cpio',
      rootDisk: 'root.squashfs',
      configDisk: 'config.squashfs',
    },
    network: { ipv4: { network: '10.0.2.0/24', host: '10.0.2.2', dns: '10.0.2.3' }, ipv6: undefined },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(manifest)), {
    version: 1,
    architecture: 'x86_64',
    machine: 'q35',
    cpus: 1,
    memoryMiB: 512,
    kernel: {
      file: 'vmlinuz',
      release: '6.1.0-56-cloud-amd64',
      arguments: [
        'console=ttyS0',
        'panic=-1',
        'reboot=t',
        'random.trust_cpu=on',
        'rootfstype=ramfs',
        'quiet',
        'cryptomgr.notests',
        'percpu_alloc=page',
      ],
    },
    initramfs: { file: 'initramfs.cpio' },
    disks: [
      { file: 'root.squashfs', serial: 'firstborn-root', readonly: true },
      { file: 'config.squashfs', serial: 'firstborn-config', readonly: true },
    ],
    channel: { port: 'org.firstborn.channel.0' },
    network: { ipv4: { network: '10.0.2.0/24', host: '10.0.2.2', dns: '10.0.2.3' } },
    image: { manifestDigest: null },
    verity: null,
  });
});

it('machineManifest() names a runtime disk with its serial', () => {
  const { disks } = machineManifest({
    xen: undefined,
    architecture: 'x86_64',
    machine: 'q35',
    cpus: 1,
    memoryMiB: 96,
    logLevel: 'info',
    kernelRelease: undefined,
    manifestDigest: undefined,
    verity: undefined,
    names: { kernel: 'k', initramfs: 'i', rootDisk: 'r', configDisk: 'c', runtimeDisk: 'runtime.erofs' },
    network: undefined,
  });
  assert.deepEqual(disks.slice(2), [{ file: 'runtime.erofs', serial: 'firstborn-runtime', readonly: true }]);
});

it('machineManifest() speaks of Xen where the machine is a domain', () => {
  const { machine, kernel, channel } = machineManifest({
    xen: { type: 'pv', maxCpus: undefined, maxMemoryMiB: undefined },
    architecture: 'x86_64',
    machine: 'q35',
    cpus: 1,
    memoryMiB: 512,
    logLevel: 'info',
    kernelRelease: undefined,
    manifestDigest: undefined,
    verity: undefined,
    names: { kernel: 'k', initramfs: 'i', rootDisk: 'r', configDisk: 'c' },
    network: undefined,
  });
  assert.equal(machine, 'pv');
  assert.equal(kernel.arguments[0], 'console=hvc0');
  assert.deepEqual(channel, { console: 1 });
});
