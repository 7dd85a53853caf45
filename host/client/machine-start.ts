import { isAlive } from '../machine/liveness.ts';
import { spawnMonitor } from '../monitor/spawn-monitor.ts';
import type { Aborting } from './abort.ts';
import { type AttachableWorkload, openAttachment } from './attachment.ts';
import { EndWatch } from './end-watch.ts';
import { endMonitor } from './machine-removal.ts';
import { connectToMonitor, type MonitorPlace } from './monitor-access.ts';
import type { Attachment, AttachOptions } from './types.ts';

export interface StartedMachine {
  attachment: Attachment | undefined;
  end: EndWatch;
}

/**
 * Makes sure that a monitor serves the machine. One whose machine has ended only waits for its clients to leave, and
 * remembers the output of before: it makes way.
 */
async function ensureMonitor(place: MonitorPlace, signal: AbortSignal | undefined): Promise<void> {
  const { status, state } = await place.info();
  const { monitor } = status;
  if (isAlive(monitor) && state !== 'exited') return;
  if (monitor !== null) await endMonitor(monitor, signal);
  signal?.throwIfAborted();
  await spawnMonitor(place.directory);
}

/**
 * Boots a machine unless it runs. Its end is waited for on the connection that starts it, and streams are joined
 * before it can have said anything: a short workload that removes itself must not be over before somebody asks.
 * The caller closes both.
 */
export async function startMachine(
  place: MonitorPlace,
  workload: AttachableWorkload,
  { signal, attach }: Aborting & { attach?: AttachOptions },
): Promise<StartedMachine> {
  const { state } = await place.info();
  await ensureMonitor(place, signal);
  const connection = await connectToMonitor(place, signal);
  let attachment: Attachment | undefined;
  try {
    // The streams of a machine that has ended are at their end until it starts; all of the new ones is replayed.
    const joinLater = state === 'exited' || state === 'dead';
    if (attach !== undefined && !joinLater) {
      attachment = await openAttachment(place, workload, { ...attach, signal });
    }
    await connection.request({ method: 'start', params: {} }, signal);
    if (attach !== undefined && joinLater) {
      attachment = await openAttachment(place, workload, { ...attach, replay: true, signal });
    }
    return { attachment, end: new EndWatch(connection) };
  } catch (error) {
    attachment?.close();
    connection.close();
    throw error;
  }
}
