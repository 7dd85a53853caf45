import { join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Aborting } from './abort.ts';
import { isActive } from './active-states.ts';
import { MonitorConnection, type RequestBody } from './connection.ts';
import { processesEnded } from './process-end.ts';
import { RequestRefusal } from './request-refusal.ts';
import type { MachineInfo, MachineState } from './types.ts';

/** How long a process may take from its death to being seen dead. */
const dyingMs = 2_000;

/** What keeps a machine from being talked to, by its state. */
const reasons: Record<MachineState, string> = {
  created: 'it has not been started',
  starting: 'its monitor does not answer',
  running: 'its monitor does not answer',
  stopping: 'its monitor does not answer',
  restarting: 'its monitor does not answer',
  exited: 'it has ended',
  lost: 'its monitor is dead; starting it puts a new one over it',
  dead: 'its monitor and its virtual machine are dead',
};

/** Says why a machine can't be talked to. */
export function unreachable({ record, state }: MachineInfo, cause?: unknown): FirstbornError {
  return new FirstbornError('host', `Cannot reach machine "${record.name}": ${reasons[state]}`, { cause });
}

/** Where to find a machine's monitor, and its state when there is none. */
export interface MonitorPlace {
  directory: string;
  info: () => Promise<MachineInfo>;
}

/** What has become of a machine whose monitor has just failed to answer. */
async function stateAfterLoss({ info }: MonitorPlace, signal: AbortSignal | undefined): Promise<MachineInfo> {
  const { state, status } = await info();
  // A process that is being killed has closed its socket a moment before it is gone.
  if (isActive(state) && status.monitor !== null) {
    await processesEnded([status.monitor], { signal, deadlineMs: dyingMs });
  }
  return await info();
}

/**
 * Connects to a machine's monitor. The caller closes the connection. Rejects with code `host` and the machine's
 * state when there is no monitor.
 */
export async function connectToMonitor(
  place: MonitorPlace,
  signal?: AbortSignal,
): Promise<MonitorConnection> {
  try {
    return await MonitorConnection.open(join(place.directory, 'monitor.sock'), signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(await stateAfterLoss(place, signal), error);
  }
}

/**
 * Says why a request failed: the machine's state when its monitor went before it had answered, else what happened. A
 * monitor of a machine that has ended goes at its own time, so that a request may come just too late.
 */
export async function explainLoss(
  place: MonitorPlace,
  error: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof FirstbornError) || error instanceof RequestRefusal) return error;
  const info = await stateAfterLoss(place, signal).catch(() => undefined);
  const isOver = info !== undefined && (!isActive(info.state) || info.state === 'lost');
  return isOver ? unreachable(info, error) : error;
}

/**
 * One request on a connection of its own; returns its result. Rejects with code `host` and the machine's state when
 * its monitor is dead, or dies before it has answered.
 */
export async function askMonitor(
  place: MonitorPlace,
  body: RequestBody,
  { signal }: Aborting = {},
): Promise<unknown> {
  const connection = await connectToMonitor(place, signal);
  try {
    return await connection.request(body, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw await explainLoss(place, error, signal);
  } finally {
    connection.close();
  }
}
