import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FirstbornError } from '../../../../protocol/errors.ts';
import {
  device,
  directory,
  fifo,
  file,
  type FixtureEntry,
  hardlink,
  symlink,
  tarOf,
} from '../../../support/image-fixtures.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { inPieces, unpack } from './copying.ts';

interface Scene {
  /** Where the archive is unpacked. */
  inside: string;
  /** What no archive may touch. */
  outside: string;
}

function makeScene(context: TestContext): Scene {
  const scratch = scratchDirectory(context);
  const scene = { inside: join(scratch, 'inside'), outside: join(scratch, 'outside') };
  for (const path of Object.values(scene)) mkdirSync(path);
  writeFileSync(join(scene.outside, 'secret'), 'secret');
  return scene;
}

/** Unpacks what must be refused, and checks the words and that nothing outside was touched. */
async function assertRefused(scene: Scene, entries: FixtureEntry[], message: RegExp): Promise<void> {
  await assert.rejects(unpack(tarOf(entries), scene.inside), (error: FirstbornError) => {
    assert.ok(error instanceof FirstbornError);
    assert.match(`${error.message}: ${(error.cause as Error).message}`, message);
    return true;
  });
  assert.deepEqual(readdirSync(scene.outside), ['secret']);
  assert.equal(readFileSync(join(scene.outside, 'secret'), 'utf8'), 'secret');
  assert.equal(statSync(join(scene.outside, 'secret')).nlink, 1);
}

test('unpackTree() refuses names that lead out of the directory', async (context) => {
  const scene = makeScene(context);
  await assertRefused(scene, [file('/abs')], /^Cannot unpack "\/abs": its name is absolute$/);
  await assertRefused(scene, [file('a/../../outside/x')], /its name holds "\.\."/);
  await assertRefused(scene, [file('.')], /it takes the place of the directory itself/);
  assert.deepEqual(readdirSync(scene.inside), []);
});

test('unpackTree() never writes through a link, from the archive or there before', async (context) => {
  const scene = makeScene(context);
  await assertRefused(
    scene,
    [symlink('d', scene.outside), file('d/x')],
    /^Cannot unpack "d\/x": ENOTDIR in open$/,
  );
  await assertRefused(scene, [symlink('e', '../outside'), directory('e')], /no directory has its name/);
  symlinkSync(scene.outside, join(scene.inside, 'was'));
  await assertRefused(scene, [file('was/x')], /ENOTDIR/);
  await assertRefused(scene, [directory('was'), file('was/x')], /no directory has its name/);
  symlinkSync(join(scene.outside, 'secret'), join(scene.inside, 'file'));
  await unpack(tarOf([file('file', 'new')]), scene.inside);
  assert.equal(readFileSync(join(scene.outside, 'secret'), 'utf8'), 'secret');
  assert.ok(lstatSync(join(scene.inside, 'file')).isFile());
});

test('unpackTree() links only to names inside the directory', async (context) => {
  const scene = makeScene(context);
  await assertRefused(scene, [hardlink('x', '../outside/secret')], /its name holds "\.\."/);
  await assertRefused(scene, [hardlink('x', join(scene.outside, 'secret'))], /its name is absolute/);
  await assertRefused(scene, [symlink('d', '../outside'), hardlink('x', 'd/secret')], /ENOTDIR/);
  await assertRefused(scene, [hardlink('x', 'nothing')], /^Cannot unpack "x": ENOENT in link$/);
  await assertRefused(scene, [hardlink('x', './')], /it links the directory itself/);
});

test('unpackTree() gives a link to a link the link itself', async (context) => {
  const scene = makeScene(context);
  await unpack(tarOf([symlink('l', '../outside/secret'), hardlink('x', 'l')]), scene.inside);
  assert.ok(lstatSync(join(scene.inside, 'x')).isSymbolicLink());
  assert.equal(statSync(join(scene.outside, 'secret')).nlink, 1);
});

test('unpackTree() replaces files and keeps directories with what is in them', async (context) => {
  const { inside, outside } = makeScene(context);
  mkdirSync(join(inside, 'd'), 0o700);
  writeFileSync(join(inside, 'd/kept'), 'kept');
  linkSync(join(outside, 'secret'), join(inside, 'd/twin'));
  const entries = [directory('d', { mode: 0o751, mtimeSeconds: 5 }), file('d/twin', 'new', { mode: 0o640 })];
  assert.deepEqual(await unpack(tarOf(entries), inside), { entries: 2, contentBytes: 3 });
  assert.deepEqual(readdirSync(join(inside, 'd')), ['kept', 'twin']);
  assert.equal(readFileSync(join(inside, 'd/twin'), 'utf8'), 'new');
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
  const stat = statSync(join(inside, 'd'));
  assert.deepEqual([stat.mode & 0o7777, stat.mtimeMs], [0o751, 5000]);
  await assert.rejects(unpack(tarOf([file('d', 'x')]), inside), { message: 'Cannot unpack "d"' });
  await assert.rejects(unpack(tarOf([directory('d/kept')]), inside), { message: 'Cannot unpack "d/kept/"' });
});

test('unpackTree() gives the directory itself the attributes of "./" and makes missing parents', async (context) => {
  const { inside } = makeScene(context);
  await unpack(tarOf([directory('', { mode: 0o710, mtimeSeconds: -1.5 }), file('a/b/c')]), inside);
  assert.equal(statSync(inside).mode & 0o777, 0o710);
  assert.equal(statSync(inside).mtimeMs, -1500);
  assert.ok(statSync(join(inside, 'a/b/c')).isFile());
});

test('unpackTree() writes into directories whose mode forbids it', async (context) => {
  const { inside } = makeScene(context);
  await unpack(tarOf([directory('d', { mode: 0o500 }), file('d/x'), directory('e')]), inside);
  assert.equal(statSync(join(inside, 'd')).mode & 0o777, 0o500);
  assert.ok(existsSync(join(inside, 'd/x')));
});

test('unpackTree() keeps set-id bits with the owner and drops them without', async (context) => {
  const { inside } = makeScene(context);
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const entries = [file('x', '', { ...own, mode: 0o6755 })];
  await unpack(tarOf(entries), inside, { keepOwnership: true });
  assert.equal(statSync(join(inside, 'x')).mode & 0o7777, 0o6755);
  await unpack(tarOf(entries), inside);
  assert.equal(statSync(join(inside, 'x')).mode & 0o7777, 0o755);
  await assert.rejects(
    unpack(tarOf([file('y', '', { uid: 2 ** 32 })]), inside, { keepOwnership: true }),
    (error: FirstbornError) => /its owner 4294967296:0 is not/.test(String(error.cause)),
  );
});

test('unpackTree() refuses devices, or leaves them out by name', async (context) => {
  const scene = makeScene(context);
  await assertRefused(scene, [device('null', 'char', 1, 3)], /^Cannot unpack "null": it is a device$/);
  const skipped: string[] = [];
  const entries = [device('null', 'char', 1, 3), file('x')];
  await unpack(tarOf(entries), scene.inside, { skipDevice: (name) => skipped.push(name) });
  assert.deepEqual(skipped, ['null']);
  assert.deepEqual(readdirSync(scene.inside), ['x']);
});

test('unpackTree() says what it could not make', async (context) => {
  const { inside } = makeScene(context);
  await assert.rejects(unpack(tarOf([fifo('pipe')]), inside), { message: 'Cannot unpack "pipe"' });
});

test('unpackTree() takes away a file that it could not write whole', async (context) => {
  const { inside } = makeScene(context);
  const archive = tarOf([file('first', 'x'), file('cut', 'y'.repeat(5000))]);
  await assert.rejects(unpack(archive.subarray(0, 4000), inside), {
    message: 'Cannot read the archive: it ends inside the content of entry "cut"',
  });
  assert.deepEqual(readdirSync(inside), ['first']);
  await assert.rejects(unpack(tarOf([file('first')]).subarray(0, 512), inside), {
    message: 'Cannot read the archive: it ends without an end marker, after entry "first"',
  });
});

test('unpackTree() stops at the next entry when it is aborted, and closes its source', async (context) => {
  const { inside } = makeScene(context);
  const aborting = new AbortController();
  let closed = false;
  const chunks = (async function* source() {
    try {
      for await (const piece of inPieces(tarOf([file('a'), file('b')]), 512)) {
        yield piece;
        aborting.abort(new Error('enough'));
      }
    } finally {
      closed = true;
    }
  })();
  await assert.rejects(unpack(chunks, inside, { signal: aborting.signal }), { message: 'enough' });
  assert.equal(closed, true);
});

test('unpackTree() stays inside while somebody swaps directories for links', async (context) => {
  const { inside, outside } = makeScene(context);
  const path = join(inside, 'd');
  let swapping = true;
  let swaps = 0;
  const swap = (): void => {
    if (!swapping) return;
    try {
      rmSync(path, { recursive: true, force: true });
      if (swaps % 2 === 0) symlinkSync(outside, path);
      else mkdirSync(path);
      swaps += 1;
    } catch {
      // The copy was quicker; another turn comes.
    }
    setImmediate(swap);
  };
  setImmediate(swap);
  for (let round = 0; round < 150; round += 1) {
    const entries = [file(`d/x${round}`, 'x'), symlink('d/l', 'x'), hardlink('d/h', `d/x${round}`)];
    // Whether a round gets through is chance; where it writes is not.
    await unpack(tarOf(entries), inside).catch(() => undefined);
  }
  swapping = false;
  assert.ok(swaps > 100);
  assert.deepEqual(readdirSync(outside), ['secret']);
});

test('unpackTree() leaves no descriptor open', async (context) => {
  const { inside } = makeScene(context);
  const openBefore = readdirSync('/proc/self/fd').length;
  await unpack(tarOf([directory('a'), directory('a/b'), file('a/b/c'), hardlink('h', 'a/b/c')]), inside);
  await assert.rejects(unpack(tarOf([directory('a'), file('a/b/d'), file('../x')]), inside));
  assert.equal(readdirSync('/proc/self/fd').length, openBefore);
});
