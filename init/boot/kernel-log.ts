import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { sinceKernelStartMs } from './clock.ts';

/** A record of the kernel's log (Documentation/ABI/testing/dev-kmsg). */
export interface KernelRecord {
  /** 0 for the kernel's own; what a process writes always has another. */
  facility: number;
  /** By the clock of the log, which is not CLOCK_MONOTONIC. */
  timeMs: number;
  text: string;
}

/** What the kernel's log says of the boot, in milliseconds since the kernel started; absent when it does not. */
export interface KernelMilestones {
  unpackStartMs?: number;
  unpackEndMs?: number;
  /** The exec of /init. */
  initMs?: number;
}

const kernelLogPath = '/dev/kmsg';
/** A shorter buffer gets EINVAL for a long record (CONSOLE_EXT_LOG_MAX). */
const recordBytes = 8192;
/** A log that grows while it is read must not hold PID 1. */
const mostRecords = 10_000;
/** Of severity 6, informational. */
const mark = '<6>firstborn: the workload runs';
const markText = mark.slice('<6>'.length);

/** Reads one record: `priority,sequence,microseconds,flags;text`, lines of attributes behind it. Pure. */
export function parseKernelRecord(record: string): KernelRecord | undefined {
  const match = /^(\d+),\d+,(\d+),[^;]*;(.*)/.exec(record);
  if (match === null) return undefined;
  const [, priority, timeUs, text = ''] = match;
  return { facility: Number(priority) >> 3, timeMs: Number(timeUs) / 1000, text };
}

/**
 * Finds the boot in the records. They have a clock of their own, so one of them must be init's mark, which was written
 * at `markMs`: it tells how far the clocks are apart. Pure.
 */
export function kernelMilestones(records: Iterable<KernelRecord>, markMs: number): KernelMilestones {
  const found: KernelMilestones = {};
  let aheadMs = 0;
  for (const { facility, timeMs, text } of records) {
    // The last one: a workload with the privilege may have written the same before.
    if (facility !== 0) aheadMs = text === markText ? timeMs - markMs : aheadMs;
    else if (text.startsWith('Trying to unpack rootfs image')) found.unpackStartMs ??= timeMs;
    else if (text.startsWith('Freeing initrd memory')) found.unpackEndMs ??= timeMs;
    else if (text.startsWith('Run /init as init process')) found.initMs ??= timeMs;
  }
  const entries = Object.entries(found) as [keyof KernelMilestones, number][];
  return Object.fromEntries(entries.map(([name, timeMs]) => [name, Math.max(0, timeMs - aheadMs)]));
}

/** Marks the kernel's log and reads all of it. Never blocks. Gives nothing where the kernel has no log. */
export function readKernelMilestones(): KernelMilestones {
  let fd: number;
  try {
    fd = openSync(kernelLogPath, constants.O_RDWR | constants.O_NONBLOCK);
  } catch {
    return {};
  }
  try {
    const markMs = sinceKernelStartMs();
    writeSync(fd, mark);
    return kernelMilestones(readRecords(fd), markMs);
  } catch {
    return {};
  } finally {
    closeSync(fd);
  }
}

function* readRecords(fd: number): Generator<KernelRecord, void, undefined> {
  const buffer = Buffer.allocUnsafe(recordBytes);
  for (let count = 0; count < mostRecords; count += 1) {
    let lengthBytes: number;
    try {
      lengthBytes = readSync(fd, buffer);
    } catch (error) {
      // The oldest have made room for new ones: the next read goes on behind the gap.
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') continue;
      return;
    }
    const record = parseKernelRecord(buffer.toString('latin1', 0, lengthBytes));
    if (record !== undefined) yield record;
  }
}
