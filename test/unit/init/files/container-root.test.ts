import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { locate, locateDirectory } from '../../../../init/files/locate.ts';
import { makeFifo } from '../../../../init/files/make-fifo.ts';
import { closeFd } from '../../../../protocol/files/descriptor-calls.ts';
import type { FileNode } from '../../../../protocol/files/file-node.ts';
import { native } from '../../../addon/support/native.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** The real openat2(2), because a fake can't resolve links inside a root. */
function makeRoot(context: TestContext): {
  root: string;
  find: (path: string, follow?: boolean) => Promise<FileNode>;
} {
  const scratch = scratchDirectory(context);
  const root = join(scratch, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'inside');
  writeFileSync(join(scratch, 'secret'), '');
  symlinkSync('/etc/passwd', join(root, 'absolute'));
  symlinkSync('../../../../../../etc/passwd', join(root, 'climbing'));
  symlinkSync('/etc', join(root, 'directory'));
  const find = async (path: string, follow = false): Promise<FileNode> => {
    const node = await locate(native, root, path, follow);
    await closeFd(node.fd);
    return node;
  };
  return { root, find };
}

test('locate() resolves every link inside the root', async (context) => {
  const { root, find } = makeRoot(context);
  const { ino } = lstatSync(join(root, 'etc/passwd'), { bigint: true });
  for (const path of ['/absolute', '/climbing', '/directory/passwd', '/../../etc/passwd']) {
    assert.equal((await find(path, true)).stat.ino, ino, path);
  }
  await assert.rejects(find('/../secret'), { code: 'ENOENT' });
  await assert.rejects(find('/directory/../../../secret'), { code: 'ENOENT' });
});

test('locate() gives a last link as itself unless a slash follows it', async (context) => {
  const { find } = makeRoot(context);
  assert.equal((await find('/absolute')).linkTarget, '/etc/passwd');
  assert.equal((await find('/directory/../directory')).linkTarget, '/etc');
  assert.ok((await find('/directory/')).stat.isDirectory());
  assert.ok((await find('/')).stat.isDirectory());
  await assert.rejects(find('/absolute/'), { code: 'ENOTDIR' });
});

test('locateDirectory() opens directories alone, and leaves no descriptor behind', async (context) => {
  const { root } = makeRoot(context);
  const openBefore = readdirSync('/proc/self/fd').length;
  closeSync(await locateDirectory(native, root, '/directory'));
  await assert.rejects(locateDirectory(native, root, '/absolute'), { code: 'ENOTDIR' });
  assert.equal(readdirSync('/proc/self/fd').length, openBefore);
});

test('makeFifo() makes a FIFO in a child and says when the name is taken', async (context) => {
  const { root } = makeRoot(context);
  const fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await makeFifo(native, fd, 'fifo with blanks');
    assert.ok(lstatSync(join(root, 'fifo with blanks')).isFIFO());
    await assert.rejects(makeFifo(native, fd, 'etc'), { code: 'EEXIST', message: 'EEXIST in mknod' });
    await assert.rejects(makeFifo(native, fd, 'a\udcff'), RangeError);
  } finally {
    closeSync(fd);
    while (native.reapChild() !== null);
  }
});
