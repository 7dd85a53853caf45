import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { coveredModes, openRootDirectory } from '../../../../init/container/covered-modes.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { systemError } from '../../../support/kernel-pipes.ts';
import { openFds } from '../../../support/open-descriptors.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

function makeRoot(context: TestContext): { native: FakeNative; root: string } {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const root = scratchDirectory(context);
  for (const [name, mode] of [
    ['tmp', 0o1777],
    ['private', 0o700],
  ] as const) {
    mkdirSync(join(root, name));
    chmodSync(join(root, name), mode);
  }
  writeFileSync(join(root, 'file'), '');
  return { native, root };
}

test('coveredModes() knows the directories that a tmpfs is to cover, and closes what it has opened', (context) => {
  const { native, root } = makeRoot(context);
  const before = openFds();
  const mounts = ['/tmp', '/private', '/missing', '/file'].map((destination) => ({
    destination,
    type: 'tmpfs',
  }));
  const modes = coveredModes(native, root, [...mounts, { destination: '/', type: 'proc' }]);
  assert.deepEqual(
    [...modes],
    [
      ['/tmp', 0o1777],
      ['/private', 0o700],
    ],
  );
  assert.equal(openFds(), before);
});

test('openRootDirectory() throws what says nothing about the path', (context) => {
  const { native, root } = makeRoot(context);
  assert.equal(openRootDirectory(native, root, '/file'), undefined);
  context.mock.method(native, 'openInRoot', () => {
    throw systemError('EIO', 5, 'openat2');
  });
  assert.throws(() => openRootDirectory(native, root, '/tmp'), { code: 'EIO' });
});
