import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FirstbornError } from '../../../../protocol/errors.ts';
import { formatExactJson } from '../../../../protocol/oci/exact-json.ts';
import { refuseImpossible } from '../../../../protocol/oci/impossible.ts';
import { parseRuntimeSpec, parseRuntimeSpecText } from '../../../../protocol/oci/runtime-spec-schema.ts';
import { arbitrarySpec } from './spec-arbitraries.ts';
import { changed, wholeSpec } from './spec-fixtures.ts';

/** A longer search is a matter of this number. */
const numRuns = Number(process.env['FIRSTBORN_FUZZ_RUNS'] ?? 150);

/** Whatever is read and refused, it is said by an error of the project. */
function check(read: () => ReturnType<typeof parseRuntimeSpec>): void {
  try {
    const warnings = refuseImpossible(read());
    assert.ok(warnings.every((warning) => typeof warning === 'string'));
  } catch (error) {
    assert.ok(error instanceof FirstbornError, String(error));
    assert.equal(error.code, 'config');
    assert.match(error.message, /^Cannot (accept|parse|run) /);
  }
}

/** The paths of all values in a value, as `changed` reads them. */
function pathsIn(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, property]) =>
    // A key with dots can't be a step of a path.
    /[.[\]]/.test(key) ? [] : pathsIn(property, path === '' ? key : `${path}.${key}`),
  );
  return path === '' ? below : [path, ...below];
}

test('parseRuntimeSpec() throws nothing but its own error, whatever it is given', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) =>
      check(() => parseRuntimeSpec(value, 'config.json')),
    ),
    { numRuns },
  );
});

test('parseRuntimeSpecText() throws nothing but its own error, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) =>
      check(() => parseRuntimeSpecText(text, 'config.json')),
    ),
    { numRuns },
  );
});

test('parseRuntimeSpec() throws nothing but its own error for a configuration with one odd value', () => {
  const whole = wholeSpec();
  const odd = fc.oneof(
    fc.constantFrom(undefined, null, '', '\0', '\ud800', -1, 0.5, Infinity, 2 ** 64, 2n ** 64n, [], {}, [[]]),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...pathsIn(whole, '')), odd, (path, value) =>
      check(() => parseRuntimeSpec(changed({ [path]: value }, whole), 'config.json')),
    ),
    { numRuns: numRuns * 3 },
  );
});

test('parseRuntimeSpecText() gives back any valid configuration', () => {
  fc.assert(
    fc.property(arbitrarySpec, (generated) => {
      // Without the null prototypes that fast-check likes to give.
      const spec = structuredClone(generated);
      assert.deepEqual(parseRuntimeSpecText(formatExactJson(spec), 'config.json'), spec);
      check(() => spec);
    }),
    { numRuns },
  );
});
