import { constants } from 'node:os';
import { exitCodes } from '../../protocol/names.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does something that has to clean up when it is interrupted: `signal` aborts at the first signal, and further ones change
 * nothing. Returns 0, or the interruption's exit code when the work failed after one.
 */
export async function runInOrder(work: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const abort = new AbortController();
  let interruptedBy: number | undefined;
  const interrupt = (signal: (typeof signals)[number]): void => {
    interruptedBy ??= constants.signals[signal];
    abort.abort();
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    await work(abort.signal);
    return 0;
  } catch (error) {
    if (interruptedBy !== undefined) return exitCodes.signalBase + interruptedBy;
    throw error;
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupt);
  }
}
