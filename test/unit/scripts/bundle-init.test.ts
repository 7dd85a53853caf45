import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { bundleInit } from '../../../scripts/bundle-init.ts';
import { writeCodeCache } from '../../../scripts/write-code-cache.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

const root = join(import.meta.dirname, '../../..');
const entryPath = join(root, 'init/bundle-entry.ts');

test('bundleInit() leaves out what no boot needs', async (context) => {
  const outPath = join(scratchDirectory(context), 'init.js');
  await bundleInit({ entryPath, outPath });
  const bundle = readFileSync(outPath, 'latin1');
  const loaded = new Set([...bundle.matchAll(/require\("(?:node:)?([^"]+)"\)/g)].map(([, name]) => name));
  for (const name of [
    'zlib',
    'net',
    'assert',
    'util',
    'v8',
    'fs/promises',
    'child_process',
    'worker_threads',
  ])
    assert.equal(loaded.has(name), false, name);
  assert.ok(loaded.has('fs'));
  // Schemas of what the guest only writes.
  assert.doesNotMatch(bundle, /^\/\/ protocol\/(events|metrics|replies|answers)\.ts$/m);
});

test('the code cache fits the bundle, holds what has run, and is the same each time', async (context) => {
  const scratch = scratchDirectory(context);
  const outPath = join(scratch, 'init.js');
  await bundleInit({ entryPath, outPath });
  const [one, other] = await Promise.all(
    ['one', 'other'].map(async (name) => {
      const path = join(scratch, name);
      await writeCodeCache(outPath, path);
      return readFileSync(path);
    }),
  );
  const bundle = readFileSync(outPath, 'latin1');
  const script = new Script(bundle, { filename: '/lib/firstborn/init.js', cachedData: one });
  assert.equal(script.cachedDataRejected, false);
  const compiledAtOnce = new Script(bundle).createCachedData().length;
  assert.ok(
    (one?.length ?? 0) > 1.2 * compiledAtOnce,
    `${one?.length} bytes, ${compiledAtOnce} without warm-up`,
  );
  assert.equal(one?.equals(other ?? Buffer.alloc(0)), true);
});
