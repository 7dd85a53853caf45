import { FirstbornError } from '../errors.ts';

/** What TypeScript's library does not know yet: a reviver sees the text of a primitive value. */
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

const { parse, rawJSON } = JSON as unknown as { parse: ParseWithSource; rawJSON: (text: string) => object };

function keepExact(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return source !== undefined && /^-?\d{1,20}$/.test(source) ? BigInt(source) : value;
}

/**
 * Parses JSON in which whole numbers may have 64 bits: those that a number can't hold become bigint. Throws a FirstbornError
 * of code `config` that names `what`.
 */
export function parseExactJson(text: string, what: string): unknown {
  try {
    return parse(text, keepExact);
  } catch (cause) {
    throw new FirstbornError('config', `Cannot parse ${what} as JSON`, { cause });
  }
}

const writeExact = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? rawJSON(String(value)) : value;

/** The reverse, in lines, with one at the end. */
export function formatExactJson(value: unknown): string {
  return `${JSON.stringify(value, writeExact, 2)}\n`;
}
