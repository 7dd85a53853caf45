import { constants } from 'node:os';
import { exitCodes } from '../../protocol/names.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface InterruptibleOptions {
  /** Ends the work as an interruption does, but as a success: the reader of our output has gone. */
  closed?: AbortSignal;
  /** What Ctrl-C means: 0 for what has no other end; that of the signal when absent. */
  interruptedCode?: number;
}

/**
 * Does something that goes on until it is interrupted. Returns its exit code, or that of the interruption. `signal`
 * aborts then, and whatever the work throws after that is ignored. A second signal ends the process at once.
 */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<number>,
  { closed, interruptedCode }: InterruptibleOptions = {},
): Promise<number> {
  const abort = new AbortController();
  let exitCode = 0;
  const listener = (name: (typeof signals)[number]): void => {
    const ownCode = exitCodes.signalBase + constants.signals[name];
    exitCode = name === 'SIGINT' ? (interruptedCode ?? ownCode) : ownCode;
    ignore();
    abort.abort();
  };
  const ignore = (): void => {
    for (const name of signals) process.removeListener(name, listener);
  };
  for (const name of signals) process.on(name, listener);
  const either = closed === undefined ? abort.signal : AbortSignal.any([abort.signal, closed]);
  try {
    const workCode = await work(either);
    return either.aborted ? exitCode : workCode;
  } catch (error) {
    if (either.aborted) return exitCode;
    throw error;
  } finally {
    ignore();
  }
}
