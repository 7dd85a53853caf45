import { readFileSync } from 'node:fs';
import type { MachineState } from '../client/types.ts';
import type { MachineStatus, ProcessIdentity } from './machine-record.ts';

/** Process states of proc(5) in which nothing runs any more: a zombie, and the moment after it. */
const endedStates = new Set(['Z', 'X', 'x']);

/**
 * Who has a pid now: the pid with its start time in clock ticks since boot, field 22 of /proc/PID/stat
 * (proc(5)); a pid alone comes again. `undefined` when nobody has it, or only a process that has ended and
 * waits to be reaped. While a thread is left (field 20) the process is not that far: its files are still open
 * and its locks held. Reads /proc, which does not block.
 */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may hold anything, more parentheses included.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const threads = Number(fields[16]);
  const startTicks = fields[18];
  if (startTicks === undefined || (endedStates.has(state) && threads <= 1)) return undefined;
  return { pid, startTicks };
}

/** The identity of this very process. */
export function ownIdentity(): ProcessIdentity {
  return processIdentity(process.pid) ?? { pid: process.pid, startTicks: '-' };
}

/** Whether a process still runs, and is no other with the same pid. */
export function isAlive(identity: ProcessIdentity | null): boolean {
  return identity !== null && processIdentity(identity.pid)?.startTicks === identity.startTicks;
}

/** Kills a process (SIGKILL), and no other one that has its pid by now. */
export function killProcess(identity: ProcessIdentity): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}

/**
 * What a machine is doing, from its last known status and from who is alive: without its monitor it is `lost`
 * while its virtual machine runs, and `dead` when that has gone unseen.
 */
export function machineState(status: MachineStatus): MachineState {
  const isAtRest = status.state === 'created' || status.state === 'exited';
  if (isAtRest || isAlive(status.monitor)) return status.state;
  return isAlive(status.vm) ? 'lost' : 'dead';
}
