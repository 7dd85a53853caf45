import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readUserDatabase } from '../../../../init/container/user-database.ts';
import { maxUserDatabaseBytes } from '../../../../protocol/limits.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

function makeRoot(context: TestContext): { root: string; passwd: string } {
  const root = scratchDirectory(context);
  mkdirSync(join(root, 'etc'));
  return { root, passwd: join(root, 'etc/passwd') };
}

const tooBig = {
  code: 'guest',
  message: 'Cannot read "/etc/passwd" in the image',
  cause: new RangeError(`expected a file of at most ${maxUserDatabaseBytes} bytes`),
};

test('readUserDatabase() reads both files', (context) => {
  const { root, passwd } = makeRoot(context);
  writeFileSync(passwd, 'root:x:0:0::/root:\n');
  writeFileSync(join(root, 'etc/group'), 'rööt:x:0:\n');
  assert.deepEqual(readUserDatabase(new FakeNative(), root), {
    passwd: 'root:x:0:0::/root:\n',
    group: 'rööt:x:0:\n',
  });
});

test('readUserDatabase() takes missing files and a missing /etc for none', (context) => {
  const { root } = makeRoot(context);
  assert.deepEqual(readUserDatabase(new FakeNative(), root), { passwd: undefined, group: undefined });
  const empty = scratchDirectory(context);
  assert.deepEqual(readUserDatabase(new FakeNative(), empty), { passwd: undefined, group: undefined });
  writeFileSync(join(empty, 'etc'), 'a file');
  assert.deepEqual(readUserDatabase(new FakeNative(), empty), { passwd: undefined, group: undefined });
});

test('readUserDatabase() refuses a file over the limit', (context) => {
  const { root, passwd } = makeRoot(context);
  writeFileSync(passwd, '');
  truncateSync(passwd, maxUserDatabaseBytes);
  assert.equal(readUserDatabase(new FakeNative(), root).passwd?.length, maxUserDatabaseBytes);
  truncateSync(passwd, maxUserDatabaseBytes + 1);
  assert.throws(() => readUserDatabase(new FakeNative(), root), tooBig);
});

test('readUserDatabase() refuses a directory and is not stopped by a FIFO', (context) => {
  const directory = makeRoot(context);
  mkdirSync(directory.passwd);
  assert.throws(() => readUserDatabase(new FakeNative(), directory.root), tooBig);
  const fifo = makeRoot(context);
  execFileSync('mkfifo', [fifo.passwd]);
  assert.throws(() => readUserDatabase(new FakeNative(), fifo.root), tooBig);
});

test('readUserDatabase() says which file could not be read', (context) => {
  const native = new FakeNative();
  const failure = Object.assign(new Error('Cannot call openat2: EIO'), { code: 'EIO', syscall: 'openat2' });
  context.mock.method(native, 'openInRoot', () => {
    throw failure;
  });
  assert.throws(() => readUserDatabase(native, '/nowhere'), {
    code: 'guest',
    message: 'Cannot read "/etc/passwd" in the image',
    cause: Object.assign(new Error('EIO in openat2'), { code: 'EIO' }),
  });
});
