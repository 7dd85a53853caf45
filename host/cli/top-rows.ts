import type { ProcessMetrics } from '../client/index.ts';
import { clockDuration } from './human-duration.ts';
import { binarySize } from './human-size.ts';

export const topTitles = ['PID', 'PPID', 'UID', 'STAT', 'TIME', 'RSS', 'VSZ', 'COMMAND'] as const;

/** What a process calls itself; a kernel thread or a zombie has no command line. */
function commandText({ command, name }: ProcessMetrics): string {
  return command.length === 0 ? `[${name}]` : command.join(' ');
}

/** Rows of `firstborn top`. Pids are those that the container sees; a parent outside of it is 0. Pure. */
export function topRows(processes: readonly ProcessMetrics[]): string[][] {
  const inside = new Map(processes.map(({ pid, containerPid }) => [pid, containerPid]));
  return processes.map((one) => [
    String(one.containerPid),
    String(inside.get(one.parentPid) ?? 0),
    String(one.effectiveUid),
    one.state,
    clockDuration(one.cpuMs),
    binarySize(one.residentBytes),
    binarySize(one.virtualBytes),
    commandText(one),
  ]);
}
