import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodePathBytes } from '../../../../protocol/path-bytes.ts';
import { makeTree, readTree, type TreeSpec } from '../../../support/file-trees.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { pack, unpack } from './copying.ts';

const name = fc
  .oneof(
    fc.constantFrom('a', 'b', '.wh.a', 'pax', ' ', '\n', '...', 'é'.repeat(127), 'n'.repeat(255)),
    fc.uint8Array({ minLength: 1, maxLength: 12 }).map(decodePathBytes),
  )
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');
const modifiedSeconds = fc.oneof(
  fc.constantFrom(0, 1, 1_700_000_000.5, 4_000_000_000),
  fc.integer({ min: 0, max: 2 ** 33 }).map((milliseconds) => milliseconds / 1000),
);
const fileSpec = fc.record({
  type: fc.constant('file' as const),
  content: fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.integer({ min: 0, max: 300_000 }).map((lengthBytes) => new Uint8Array(lengthBytes).fill(7)),
  ),
  mode: fc.integer({ min: 0, max: 0o7777 }).map((bits) => bits | 0o600),
  modifiedSeconds,
});
const symlinkSpec = fc.record({
  type: fc.constant('symlink' as const),
  target: fc.oneof(name, fc.constantFrom('/', '../../..', '/etc/passwd', 'x/'.repeat(200))),
  modifiedSeconds,
});

const { tree } = fc.letrec<{ tree: TreeSpec; node: TreeSpec }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fileSpec,
    symlinkSpec,
    fc.constant({ type: 'hardlink' as const }),
    tie('tree'),
  ),
  tree: fc.record({
    type: fc.constant('directory' as const),
    entries: fc
      .uniqueArray(fc.tuple(name, tie('node')), { selector: ([text]) => text, maxLength: 5 })
      .map((pairs) => new Map(pairs)),
    mode: fc.integer({ min: 0, max: 0o7777 }).map((bits) => bits | 0o700),
    modifiedSeconds,
  }),
}));

test('a tree that was packed and unpacked is the same tree', async (context) => {
  const scratch = scratchDirectory(context);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(tree, async (spec) => {
      run += 1;
      const from = join(scratch, `from-${run}`);
      const to = join(scratch, `to-${run}`);
      makeTree(from, spec);
      mkdirSync(to);
      const archive = await pack(from, 'top');
      await unpack(archive, to, { keepOwnership: true });
      assert.deepEqual(readTree(join(to, 'top')), readTree(from));
    }),
    { seed: 7, numRuns: 60 },
  );
});
