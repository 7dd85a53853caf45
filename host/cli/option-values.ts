import { FirstbornError } from '../../protocol/errors.ts';
import { parseByteSize } from '../launch/memory-size.ts';

/** What to throw for a value that an option does not take. */
export function refuseValue(option: string, text: string, expected: string): FirstbornError {
  return new FirstbornError('usage', `Cannot take "${text}" for --${option}: expected ${expected}`);
}

/** A whole number of a range. Throws a FirstbornError of code `usage`, as all functions here do. */
export function readInteger(option: string, text: string, range: { min: number; max: number }): number {
  const value = /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw refuseValue(option, text, `a whole number from ${range.min} to ${range.max}`);
}

/** Seconds, fractions allowed, as milliseconds. */
export function readSecondsMs(option: string, text: string, range: { minMs: number; maxMs: number }): number {
  const valueMs = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
  if (valueMs >= range.minMs && valueMs <= range.maxMs) return valueMs;
  throw refuseValue(option, text, `seconds from ${range.minMs / 1000} to ${range.maxMs / 1000}`);
}

/** One word of a closed list. */
export function readChoice<Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw refuseValue(option, text, choices.join(', '));
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
  throw refuseValue(option, text, expected);
}

/** An amount of bytes, rounded up. `example` is what the message suggests. */
export function readByteCount(option: string, text: string, range: { min: number; example: string }): number {
  const bytes = Math.ceil(parseByteSize(text) ?? Number.NaN);
  if (bytes >= range.min && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  throw refuseValue(option, text, range.example);
}

/** `K=V`, or `K` for an empty value. */
export function readPair(option: string, text: string): [name: string, value: string] {
  const [name = '', ...value] = text.split('=');
  if (name === '') throw refuseValue(option, text, 'NAME=VALUE');
  return [name, value.join('=')];
}
