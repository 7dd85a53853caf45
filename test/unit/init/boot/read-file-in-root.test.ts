import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFileInRoot } from '../../../../init/boot/read-file-in-root.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const refusal = { name: 'RangeError', message: 'expected a file of at most 4 bytes' };

test('readFileInRoot() reads a file up to its limit and no longer one', (context) => {
  const root = scratchDirectory(context);
  writeFileSync(join(root, 'four'), 'four');
  writeFileSync(join(root, 'five'), 'five!');
  assert.equal(readFileInRoot(new FakeNative(), root, 'four', 4), 'four');
  assert.throws(() => readFileInRoot(new FakeNative(), root, 'five', 4), refusal);
});

test('readFileInRoot() refuses a FIFO without waiting for its writer, and a directory', (context) => {
  const root = scratchDirectory(context);
  execFileSync('mkfifo', [join(root, 'fifo')]);
  mkdirSync(join(root, 'directory'));
  assert.throws(() => readFileInRoot(new FakeNative(), root, 'fifo', 4), refusal);
  assert.throws(() => readFileInRoot(new FakeNative(), root, 'directory', 4), refusal);
});

test('readFileInRoot() says why it cannot open a file', (context) => {
  assert.throws(() => readFileInRoot(new FakeNative(), scratchDirectory(context), 'nothing', 4), {
    code: 'ENOENT',
    message: 'ENOENT in open',
  });
});
