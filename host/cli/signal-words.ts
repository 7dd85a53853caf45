import { FirstbornError } from '../../protocol/errors.ts';
import { parseSignal } from '../../protocol/signals.ts';

/** The number of a signal that an option names. Throws a FirstbornError of code `usage`. */
export function readSignal(option: string, text: string): number {
  const signal = parseSignal(text);
  if (signal !== undefined) return signal;
  throw new FirstbornError(
    'usage',
    `Cannot take "${text}" for --${option}: expected a signal such as TERM, SIGRTMIN+3 or 15`,
  );
}
