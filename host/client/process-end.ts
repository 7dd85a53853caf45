import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../machine/liveness.ts';
import type { ProcessIdentity } from '../machine/machine-record.ts';
import type { Aborting } from './abort.ts';

const pollIntervalMs = 20;
/** How long a monitor may take to end once everybody has left. */
const usualDeadlineMs = 15_000;

/** Waits until processes have ended. Returns those that still run at the deadline. */
export async function processesEnded(
  identities: readonly ProcessIdentity[],
  { signal, deadlineMs = usualDeadlineMs }: Aborting & { deadlineMs?: number } = {},
): Promise<ProcessIdentity[]> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const alive = identities.filter(isAlive);
    if (alive.length === 0 || performance.now() > endMs) return alive;
    await delay(pollIntervalMs, undefined, signal === undefined ? {} : { signal });
  }
}
