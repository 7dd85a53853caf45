import { writeFileSync } from 'node:fs';
import { pollUntil } from '../boot/deadline.ts';
import { guestError } from '../boot/phase.ts';
import { parseCounters } from '../metrics/counters.ts';
import { readKernelFile } from './kernel-file.ts';

function write(cgroupPath: string, value: '0' | '1'): void {
  writeFileSync(`${cgroupPath}/cgroup.freeze`, value, { flag: 'r+' });
}

/**
 * Stops every process in a cgroup2 directory and below it (cgroup.freeze, Linux 5.2), and waits until the last has
 * stopped. A cgroup that goes meanwhile counts as frozen. Throws a FirstbornError when the deadline passes; the cgroup
 * is then still to be thawed.
 */
export async function freezeCgroup(cgroupPath: string, deadlineMs: number): Promise<void> {
  try {
    write(cgroupPath, '1');
  } catch (cause) {
    throw guestError(`Cannot freeze the cgroup "${cgroupPath}"`, cause);
  }
  const frozen = await pollUntil(() => {
    const events = readKernelFile(`${cgroupPath}/cgroup.events`);
    return events === undefined || parseCounters(events).get('frozen') === 1 ? true : undefined;
  }, deadlineMs);
  if (frozen === undefined) {
    throw guestError(`Cannot freeze the cgroup "${cgroupPath}" within ${Math.round(deadlineMs)} ms`);
  }
}

/** Lets a cgroup go on. Does not wait. Gives false when the kernel refused; a cgroup that is gone needs nothing. */
export function thawCgroup(cgroupPath: string): boolean {
  try {
    write(cgroupPath, '0');
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV');
  }
}
