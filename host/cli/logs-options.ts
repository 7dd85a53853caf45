import { FirstbornError } from '../../protocol/errors.ts';
import { readOnlyOperand } from './option-operands.ts';
import type { CommandWords, OptionSpec } from './option-parser.ts';
import { readInteger } from './option-values.ts';
import { readTimeMs } from './time-words.ts';

export const logsSpecs: readonly OptionSpec[] = [
  { name: 'follow', short: 'f', help: 'Go on until the machine has ended for good' },
  {
    name: 'since',
    value: 'TIME',
    help: 'Only lines from this time on: an age (10m), RFC 3339 or seconds since 1970',
  },
  { name: 'until', value: 'TIME', help: 'Only lines before this time; ends -f when it has come' },
  { name: 'tail', short: 'n', value: 'N', help: 'Only the last N of the lines that are there (all)' },
  { name: 'timestamps', short: 't', help: 'Put the time before each line' },
];

/** What `firstborn logs` was asked for. */
export interface LogsOptions {
  machine: string;
  follow: boolean;
  sinceMs: number | undefined;
  untilMs: number | undefined;
  tail: number | undefined;
  timestamps: boolean;
}

const maxTail = 999_999_999;

/** Reads the words after `logs`. Pure. Throws a FirstbornError of code `usage`. */
export function readLogsOptions(words: CommandWords, nowMs: number): LogsOptions {
  const { options } = words;
  const readTime = (name: string): number | undefined => {
    const text = options.last(name);
    return text === undefined ? undefined : readTimeMs(name, text, nowMs);
  };
  const tail = options.last('tail') ?? 'all';
  const sinceMs = readTime('since');
  const untilMs = readTime('until');
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs > untilMs) {
    throw new FirstbornError('usage', 'Cannot show lines from a time on that is behind --until');
  }
  return {
    machine: readOnlyOperand(words, 'NAME'),
    follow: options.has('follow'),
    sinceMs,
    untilMs,
    tail: tail === 'all' ? undefined : readInteger('tail', tail, { min: 0, max: maxTail }),
    timestamps: options.has('timestamps'),
  };
}
