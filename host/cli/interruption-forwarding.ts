import { constants } from 'node:os';
import { describeError } from '../../protocol/errors.ts';
import type { Reporter } from './reporter.ts';

/** Signals that people and supervisors send to a command, and that it may well hand on. */
const forwardedSignals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGALRM', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Passes our signals on to something in a machine, in their order, until the returned function is called. One that
 * can't be passed on is reported.
 */
export function forwardSignals(send: (signal: number) => Promise<void>, reporter: Reporter): () => void {
  let last: Promise<void> = Promise.resolve();
  let isOver = false;
  const listener = (signal: NodeJS.Signals): void => {
    last = last
      .then(() => send(constants.signals[signal]))
      .catch((error: unknown) => {
        if (!isOver) reporter.say(`Cannot pass ${signal} on: ${describeError(error)}`);
      });
  };
  for (const signal of forwardedSignals) process.on(signal, listener);
  return () => {
    isOver = true;
    for (const signal of forwardedSignals) process.removeListener(signal, listener);
  };
}
