import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeCgroup } from '../../../../init/container/cgroup-removal.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

// A directory behaves like a cgroup here: rmdir(2) refuses it while something is in it.

test('removeCgroup() removes what the container made below its cgroup', async (context) => {
  const path = join(scratchDirectory(context), 'main');
  mkdirSync(join(path, 'service/worker'), { recursive: true });
  mkdirSync(join(path, 'other'));
  await removeCgroup(path);
  assert.equal(existsSync(path), false);
});

test('removeCgroup() tries again while the last processes go', async (context) => {
  const path = join(scratchDirectory(context), 'main');
  mkdirSync(path);
  writeFileSync(join(path, 'busy'), '');
  const removal = removeCgroup(path);
  rmSync(join(path, 'busy'));
  await removal;
  assert.equal(existsSync(path), false);
});

test('removeCgroup() gives up after a second with what the kernel said', async (context) => {
  const path = join(scratchDirectory(context), 'main');
  mkdirSync(path);
  writeFileSync(join(path, 'busy'), '');
  let nowMs = 0;
  context.mock.method(performance, 'now', () => (nowMs += 300));
  await assert.rejects(removeCgroup(path), { code: 'ENOTEMPTY' });
});
