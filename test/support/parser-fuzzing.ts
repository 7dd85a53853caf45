import assert from 'node:assert/strict';
import process from 'node:process';
import * as fc from 'fast-check';
import { type ErrorCode, FirstbornError } from '../../protocol/errors.ts';

/** How often a property is tried. A longer search (`npm run fuzz`) is a matter of this number. */
export const fuzzRuns = Number(process.env['FIRSTBORN_FUZZ_RUNS'] ?? 150);

type Path = readonly (string | number)[];

/** The paths of all values in a value, its own apart. */
export function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item])
    : Object.entries(value);
  const below = entries.flatMap(([key, item]) => pathsIn(item, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

/** A copy of `value` with another one at `path`; `undefined` takes it away. */
export function changedAt(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  const below = changedAt(copy[key], rest, other);
  if (below === undefined) delete copy[key];
  else copy[key] = below;
  return copy;
}

/** What nobody expects at any place. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    '\0',
    '\ud800',
    'a'.repeat(70_000),
    -1,
    0.5,
    Infinity,
    NaN,
    2 ** 64,
    2n ** 64n,
  ),
  fc.constantFrom<unknown>([], {}, [[]], [null], { __proto__: null }, JSON.parse('{"__proto__":{"a":1}}')),
  fc.jsonValue(),
);

/** One of the samples with odd values at one to three places, or anything at all. */
export function damaged(samples: readonly unknown[]): fc.Arbitrary<unknown> {
  const one = fc.constantFrom(...samples).chain((sample) =>
    fc
      .array(fc.tuple(fc.constantFrom(...pathsIn(sample)), oddValue), { minLength: 1, maxLength: 3 })
      .map((changes) =>
        changes.reduce<unknown>(
          // An earlier change may have taken the place away.
          (value, [path, odd]) => (hasParent(value, path) ? changedAt(value, path, odd) : value),
          sample,
        ),
      ),
  );
  return fc.oneof(
    { weight: 5, arbitrary: one },
    { weight: 1, arbitrary: fc.anything({ withBigInt: true, withNullPrototype: true }) },
  );
}

function hasParent(value: unknown, path: Path): boolean {
  let place = value;
  for (const key of path.slice(0, -1)) {
    if (typeof place !== 'object' || place === null || !(key in place)) return false;
    place = (place as Record<string | number, unknown>)[key];
  }
  return typeof place === 'object' && place !== null;
}

/** Fails when `read` throws anything but an error of the project with that code, or one that says nothing. */
export function refusesProperly(read: () => unknown, code: ErrorCode): void {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof FirstbornError, String(error instanceof Error ? error.stack : error));
    assert.equal(error.code, code);
    assert.match(error.message, /^Cannot .*[^.]$/s);
  }
}

/** Tries `read` with the samples, which are sound, and with what comes of damaging them. */
export function fuzzParser(
  read: (value: unknown) => unknown,
  samples: readonly unknown[],
  code: ErrorCode,
): void {
  for (const sample of samples) read(sample);
  fc.assert(
    fc.property(damaged(samples), (value) => refusesProperly(() => read(value), code)),
    { numRuns: fuzzRuns * 3 },
  );
}
