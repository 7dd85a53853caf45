import type { ReadyEvent } from '../../protocol/messages.ts';
import type { BootFiles } from '../preparation/boot-files.ts';
import type { AcceleratorChoice } from '../vm/accelerator.ts';
import type { DomainDescription } from '../vm/domain-description.ts';
import type { MachineDescription } from '../vm/machine-description.ts';

/** What `--summary` shows. */
export interface RunSummary {
  description: MachineDescription | DomainDescription;
  accelerator: AcceleratorChoice;
  /** What runs it, such as `QEMU 7.2.22`. */
  title: string;
  bootFiles: BootFiles;
  rootDisk: { format: string; sizeBytes: number };
  /** Absent when the workload never started. */
  ready: ReadyEvent | undefined;
  /** Wall time of the two parts of the run. */
  preparationMs: number;
  machineMs: number;
  exit: string;
}

const labelWidth = 12;

const row = (label: string, text: string): string => `  ${label.padEnd(labelWidth)}${text}`;

function mebibytes(sizeBytes: number): string {
  return `${(sizeBytes / 1024 / 1024).toFixed(1)} MiB`;
}

const seconds = (durationMs: number): string => `${(durationMs / 1000).toFixed(2)} s`;

function moduleText({ modules }: BootFiles, ready: ReadyEvent | undefined): string {
  if (modules.length === 0) return 'none in the initramfs';
  const loaded = ready === undefined ? '' : `${ready.loadedModules} loaded of `;
  return `${loaded}${modules.length} in the initramfs`;
}

/** Start and length of each phase, in milliseconds since the kernel started. */
function timelineRows({ timeline }: ReadyEvent): string[] {
  const width = Math.max(...timeline.map(({ name }) => name.length), 0);
  return timeline.map(({ name, startMs, endMs }, index) =>
    row(
      index === 0 ? 'boot, ms' : '',
      `${name.padEnd(width)} ${startMs.toFixed(1).padStart(9)} ${`+${(endMs - startMs).toFixed(1)}`.padStart(9)}`,
    ),
  );
}

function guestRows(ready: ReadyEvent | undefined): string[] {
  if (ready === undefined) return [row('boot', 'the workload was not started')];
  const { totalKiB, availableKiB } = ready.memory;
  return [
    ...timelineRows(ready),
    row('memory', `${mebibytes(totalKiB * 1024)}, ${mebibytes(availableKiB * 1024)} available at the start`),
  ];
}

/** The summary as lines of text, without a final newline. Pure. */
export function formatSummary(summary: RunSummary): string {
  const { description, accelerator, bootFiles, ready } = summary;
  const cpus = description.cpus === 1 ? '1 CPU' : `${description.cpus} CPUs`;
  return [
    'boot summary',
    row('kernel', ready?.kernel ?? bootFiles.kernelRelease ?? 'unknown release'),
    row('machine', `${description.machine}, ${cpus}, ${description.memoryMiB} MiB, ${summary.title}`),
    row('accelerator', `${accelerator.accelerator} (${accelerator.reason})`),
    row('initramfs', mebibytes(bootFiles.initramfsBytes)),
    row('runtime', bootFiles.runtimeDiskPath === undefined ? 'in the initramfs' : 'on a disk, EROFS'),
    row('modules', moduleText(bootFiles, ready)),
    row('root disk', `${summary.rootDisk.format}, ${mebibytes(summary.rootDisk.sizeBytes)}`),
    ...guestRows(ready),
    row('wall time', `${seconds(summary.preparationMs)} preparation, ${seconds(summary.machineMs)} machine`),
    row('exit', summary.exit),
  ].join('\n');
}
