import { FirstbornError } from '../../protocol/errors.ts';

function refuse(option: string, text: string, expected: string): FirstbornError {
  return new FirstbornError('usage', `Cannot take "${text}" for --${option}: expected ${expected}`);
}

/** A whole number of a range. Throws a FirstbornError of code `usage`, as all functions here do. */
export function readInteger(option: string, text: string, range: { min: number; max: number }): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw refuse(option, text, `a whole number from ${range.min} to ${range.max}`);
}

/** Seconds, fractions allowed, as milliseconds. */
export function readSecondsMs(option: string, text: string, range: { minMs: number; maxMs: number }): number {
  const valueMs = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
  if (valueMs >= range.minMs && valueMs <= range.maxMs) return valueMs;
  throw refuse(option, text, `seconds from ${range.minMs / 1000} to ${range.maxMs / 1000}`);
}

/** One word of a closed list. */
export function readChoice<Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw refuse(option, text, choices.join(', '));
  return choice;
}

/** Anything that `isGood` accepts. */
export function readText(
  option: string,
  text: string,
  isGood: (text: string) => boolean,
  expected: string,
): string {
  if (isGood(text)) return text;
  throw refuse(option, text, expected);
}
