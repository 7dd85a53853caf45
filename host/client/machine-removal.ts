import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { findProcess } from '../machine/find-process.ts';
import { isAlive } from '../machine/liveness.ts';
import { commandText } from '../machine/machine-command.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import { type MachineLock, takeLock } from '../machine/machine-lock.ts';
import type { MachineStatus, ProcessIdentity } from '../machine/machine-record.ts';
import { spawnMonitor } from '../monitor/spawn-monitor.ts';
import { destroyLeftDomain } from '../xen/left-domain.ts';
import type { Aborting } from './abort.ts';
import { isActive } from './active-states.ts';
import { readMachine } from './machine-listing.ts';
import { askMonitor, type MonitorPlace } from './monitor-access.ts';
import { processesEnded } from './process-end.ts';
import type { MachineInfo } from './types.ts';

export { isActive } from './active-states.ts';

const pollIntervalMs = 20;
/** How long a monitor may take to answer, or to give its lock back. */
const monitorDeadlineMs = 15_000;

function processesOf({ monitor, vm, helpers }: MachineStatus): ProcessIdentity[] {
  return [monitor, vm, ...helpers].filter((identity) => identity !== null);
}

/** Sends a signal to those that still run; a process that is faster is no error. */
function signalProcesses(identities: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
  for (const { pid } of identities.filter(isAlive)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended, or is somebody else's: what waits for its end finds out.
    }
  }
}

/**
 * Takes a machine's power away. A machine without a monitor gets one, so that its exit is recorded; a monitor that
 * does not answer is killed with its machine.
 */
export async function destroyMachine(place: MonitorPlace, { signal }: Aborting = {}): Promise<void> {
  const { state, status } = await place.info();
  if (!isActive(state)) return;
  const deadline = AbortSignal.timeout(monitorDeadlineMs);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    if (state === 'lost') await spawnMonitor(place.directory);
    await askMonitor(place, { method: 'destroy', params: {} }, { signal: either });
  } catch {
    signal?.throwIfAborted();
    const current = await place.info().catch(() => undefined);
    if (current === undefined || !isActive(current.state)) return;
    signalProcesses([...processesOf(status), ...processesOf(current.status)], 'SIGKILL');
    await destroyLeftDomain(current.record);
  }
}

/** Ends a monitor whose machine is at rest. It ends by itself too, but may wait for its clients first. */
export async function endMonitor(monitor: ProcessIdentity, signal: AbortSignal | undefined): Promise<void> {
  signalProcesses([monitor], 'SIGTERM');
  signalProcesses(await processesEnded([monitor], { signal }), 'SIGKILL');
}

/**
 * What runs of a dead machine though its status does not name it: its monitor was killed when it had just started
 * that, or could not write it down.
 */
function unnamedProcesses({ record, status, state }: MachineInfo): ProcessIdentity[] {
  if (state !== 'dead' || status.vm !== null) return [];
  const places = [commandText(record), ...record.helpers.map(({ socketPath }) => socketPath)];
  return places.map(findProcess).filter((identity) => identity !== undefined);
}

/**
 * Removes a machine's directory once nothing of it runs. Throws a FirstbornError of code `host` for a machine that
 * runs, unless `force` ends it.
 */
export async function removeMachine(
  place: MonitorPlace,
  directory: MachineDirectory,
  { signal, force = false }: Aborting & { force?: boolean } = {},
): Promise<void> {
  const info = await place.info();
  const unnamed = unnamedProcesses(info);
  const state = unnamed.length === 0 ? info.state : 'lost';
  if (isActive(state)) {
    if (!force) {
      throw new FirstbornError(
        'host',
        `Cannot remove machine "${info.record.name}": it is ${state}; stop it first`,
      );
    }
    signalProcesses(unnamed, 'SIGKILL');
    await processesEnded(unnamed, { signal });
    await destroyMachine(place, { signal });
  }
  await endProcesses(directory, signal);
  if (info.state === 'dead') await destroyLeftDomain(info.record);
  const lock = await lockAtRest(directory, signal);
  try {
    // One that removes itself was faster, and may have left its console log on purpose.
    if (lock !== undefined) await directory.remove();
  } finally {
    lock?.release();
  }
}

/**
 * Takes the lock that whoever starts a machine needs; `undefined` when the machine is gone by then. A monitor that has
 * nothing more to do still holds it for a moment. Throws a FirstbornError of code `host` when one keeps it.
 */
async function lockAtRest(
  directory: MachineDirectory,
  signal: AbortSignal | undefined,
): Promise<MachineLock | undefined> {
  const endMs = performance.now() + monitorDeadlineMs;
  for (;;) {
    const info = await readMachine(directory);
    if (info === undefined) return undefined;
    const lock = tryLock(directory);
    if (lock !== undefined) return lock;
    if (isActive(info.state) || performance.now() > endMs) {
      throw new FirstbornError('host', `Cannot remove machine "${info.record.name}": it is being started`);
    }
    await delay(pollIntervalMs, undefined, signal === undefined ? {} : { signal });
  }
}

function tryLock({ lockPath }: MachineDirectory): MachineLock | undefined {
  try {
    return takeLock(lockPath);
  } catch {
    // The directory goes away just now; if it does not, the time will run out.
    return undefined;
  }
}

async function endProcesses(directory: MachineDirectory, signal: AbortSignal | undefined): Promise<void> {
  const info = await readMachine(directory);
  if (info === undefined) return;
  const { monitor, vm, helpers } = info.status;
  const others = [vm, ...helpers].filter((identity) => identity !== null);
  signalProcesses(await processesEnded(others, { signal }), 'SIGKILL');
  if (monitor !== null) await endMonitor(monitor, signal);
  const [left] = await processesEnded(processesOf(info.status), { signal });
  if (left === undefined) return;
  const { name } = info.record;
  throw new FirstbornError('host', `Cannot remove machine "${name}": process ${left.pid} does not end`);
}
