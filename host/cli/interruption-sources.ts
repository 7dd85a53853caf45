import { constants } from 'node:os';
import type { Interruption } from './interruption.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Passes signals and the time limit on to a run until the returned function is called. */
export function listenForInterruptions(
  interruption: Interruption,
  timeoutMs: number | undefined,
): () => void {
  const listener = (signal: (typeof signals)[number]): void => {
    interruption.interrupt(constants.signals[signal]);
  };
  for (const signal of signals) process.on(signal, listener);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => interruption.expire(), timeoutMs);
  return () => {
    for (const signal of signals) process.removeListener(signal, listener);
    clearTimeout(timer);
    interruption.finish();
  };
}
