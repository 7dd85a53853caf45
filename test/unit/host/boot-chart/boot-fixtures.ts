import type { BootTimeline } from '../../../../host/boot-chart/boot-timeline.ts';
import type { RecordedLine } from '../../../../host/boot-chart/recorded-boot.ts';
import type { BootStep } from '../../../../protocol/messages.ts';

const machine = { id: '0123456789abcdef', name: 'web' };

/** A boot like that of Debian's kernel on q35. */
export const steps: BootStep[] = [
  { kind: 'kernel', name: 'kernel', startMs: 0, endMs: 3473 },
  { kind: 'kernel', name: 'unpack initramfs', startMs: 1365.8, endMs: 2524 },
  { kind: 'runtime', name: 'load Node', startMs: 3473, endMs: 3561.2 },
  { kind: 'runtime', name: 'start Node', startMs: 3561.2, endMs: 3902.4 },
  { kind: 'runtime', name: 'load init', startMs: 3902.4, endMs: 4373.6 },
  { kind: 'phase', name: 'early mounts', startMs: 4374.9, endMs: 4439.8 },
  { kind: 'phase', name: 'modules', startMs: 4446.2, endMs: 4788.8 },
  { kind: 'driver', name: 'virtio_ring', startMs: 4550, endMs: 4582.1 },
  { kind: 'driver', name: 'virtio_pci_modern_dev', startMs: 4582.1, endMs: 4582.6 },
  { kind: 'driver', name: 'virtio_blk', startMs: 4582.6, endMs: 4690 },
  { kind: 'phase', name: 'channel', startMs: 4834.1, endMs: 4874.3 },
  { kind: 'phase', name: 'root', startMs: 5043.1, endMs: 5101.5 },
  { kind: 'driver', name: 'overlay', startMs: 5050, endMs: 5063.2 },
  { kind: 'container', name: 'container', startMs: 5209.6, endMs: 6110.8 },
  { kind: 'phase', name: 'power buttons', startMs: 6111, endMs: 6156.7 },
];

export const timeline: BootTimeline = {
  version: 1,
  machine: {
    ...machine,
    image: './image:latest',
    kernel: '6.1.0-56-cloud-amd64',
    board: 'q35',
    accelerator: 'tcg',
    cpus: 1,
    memoryMiB: 512,
  },
  workloadMs: 6110.8,
  readyMs: 6157,
  steps,
  host: {
    since: 'kernel',
    steps: [
      { name: 'preparation', startMs: -1960, endMs: -1730 },
      { name: 'start of QEMU', startMs: -1240, endMs: -1200 },
      { name: 'QEMU and firmware', startMs: -1200, endMs: 0 },
      { name: 'handshake', startMs: 4880, endMs: 4880 },
      { name: 'ready seen', startMs: 6159, endMs: 6159 },
    ],
  },
};

/** The kernel's start on the host's clock in `lines`. */
export const kernelUnixMs = 1_800_000_000_000;

const line = (afterMs: number, event: RecordedLine['event']): RecordedLine => ({
  unixMs: kernelUnixMs + afterMs,
  machine,
  event,
});

/** What `timeline` is made of. */
export const lines: RecordedLine[] = [
  line(-1730, { event: 'created', image: './image:latest', preparationMs: 230 }),
  line(-1240, { event: 'start' }),
  line(6157.5, { event: 'started', sequence: 1, timeMs: 6156.8, container: 'main', pid: 90 }),
  line(6159, {
    event: 'ready',
    sequence: 2,
    timeMs: 6157,
    container: 'main',
    pid: 90,
    kernel: '6.1.0-56-cloud-amd64',
    loadedModules: 15,
    memory: { totalKiB: 480_000, availableKiB: 300_000 },
    timeline: [
      { name: 'kernel and runtime', startMs: 0, endMs: 4373.6 },
      { name: 'container', startMs: 5209.6, endMs: 6110.8 },
    ],
  }),
  line(6170, {
    event: 'boot-timeline',
    sequence: 3,
    timeMs: 6170,
    workloadMs: 6110.8,
    steps,
    host: {
      startUnixMs: kernelUnixMs - 1240,
      vmUnixMs: kernelUnixMs - 1200,
      openedUnixMs: kernelUnixMs + 4880,
      readyUnixMs: kernelUnixMs + 6159,
    },
    board: 'q35',
    accelerator: 'tcg',
    cpus: 1,
    memoryMiB: 512,
  }),
];
