import { FirstbornError } from '../../protocol/errors.ts';

/** The values of repeated `--filter KEY=VALUE` options, by key. */
export type Filters<Key extends string> = ReadonlyMap<Key, readonly string[]>;

/** Reads filters. Pure. Throws a FirstbornError of code `usage` for a key that is not among `keys`. */
export function readFilters<Key extends string>(
  words: readonly string[],
  keys: readonly Key[],
): Filters<Key> {
  const filters = new Map<Key, string[]>();
  for (const word of words) {
    const equals = word.indexOf('=');
    const key = keys.find((candidate) => candidate === word.slice(0, Math.max(0, equals)));
    const value = word.slice(equals + 1);
    if (key === undefined || value === '') {
      throw new FirstbornError(
        'usage',
        `Cannot take "${word}" for --filter: expected ${keys.map((name) => `${name}=VALUE`).join(', ')}`,
      );
    }
    filters.set(key, [...(filters.get(key) ?? []), value]);
  }
  return filters;
}
