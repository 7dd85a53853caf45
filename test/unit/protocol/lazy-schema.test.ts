import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { lazySchema } from '../../../protocol/lazy-schema.ts';
import { parseWith } from '../../../protocol/parse.ts';

function makeSchema() {
  let built = 0;
  const inner = lazySchema(() => {
    built += 1;
    return z.strictObject({ size: z._default(z.int(), 7), names: z.optional(z.array(z.string())) });
  });
  return { built: () => built, outer: z.strictObject({ part: z.optional(inner) }) };
}

test('lazySchema() builds nothing for a config that lacks the part', () => {
  const { built, outer } = makeSchema();
  assert.deepEqual(parseWith(outer, {}, 'it'), {});
  assert.equal(built(), 0);
});

test('lazySchema() reads as the schema itself would, which it builds once', () => {
  const { built, outer } = makeSchema();
  assert.deepEqual(parseWith(outer, { part: {} }, 'it'), { part: { size: 7 } });
  assert.deepEqual(parseWith(outer, { part: { size: 8, names: ['a'] } }, 'it').part?.names, ['a']);
  assert.equal(built(), 1);
});

test('lazySchema() refuses with the path of every bad value', () => {
  const { outer } = makeSchema();
  assert.throws(() => parseWith(outer, { part: { size: 'x', names: ['a', 1], more: 1 } }, 'it'), {
    code: 'config',
    message: `Cannot accept it: part.size: Invalid input: expected number, received string; part.names[1]: Invalid input: expected string, received number; part.more: unknown key`,
  });
});
