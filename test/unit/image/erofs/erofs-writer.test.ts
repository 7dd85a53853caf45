import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ErofsWriter } from '../../../../image/erofs/erofs-writer.ts';
import {
  inPieces,
  makeEntry,
  makeFile,
  type TestEntry,
  withScratchDirectory,
  writeImage,
} from '../../../image/erofs-image.ts';

const root = makeEntry('directory', '');

function link(linkTarget: string): TestEntry {
  return makeEntry('hardlink', 'link', { linkTarget });
}

/** A file whose entry promises another length than its content has. */
function said(sizeBytes: number, content: string): TestEntry {
  return makeFile('file', content, { sizeBytes });
}

function uuidOf(image: Buffer): string {
  return image.toString('hex', 1024 + 48, 1024 + 64);
}

async function imageOf(entries: TestEntry[], options?: ConstructorParameters<typeof ErofsWriter>[1]) {
  return await withScratchDirectory(async (scratch) => {
    await writeImage(join(scratch, 'image'), entries, options);
    return readFileSync(join(scratch, 'image'));
  });
}

async function assertRefused(entries: TestEntry[], message: string): Promise<void> {
  await withScratchDirectory(async (scratch) => {
    const image = join(scratch, 'image');
    await assert.rejects(writeImage(image, entries), { name: 'FirstbornError', code: 'image', message });
    assert.equal(existsSync(image), false);
  });
}

test('an image is a superblock, data as it came, inodes, and says so', async () => {
  const large = Buffer.alloc(2 * 4096, 'L');
  const image = await imageOf([root, makeFile('large', large), makeFile('small', 'tail')]);
  const rootNid = image.readUInt16LE(1024 + 14);
  assert.equal(image.length, image.readUInt32LE(1024 + 36) * 4096);
  assert.equal(image.readBigUInt64LE(1024 + 16), 3n);
  // Block 1 was opened for the root's inode; the file's two blocks follow, then the root's names.
  assert.equal(rootNid, 4096 / 32);
  assert.deepEqual(image.subarray(2 * 4096, 4 * 4096), large);
  assert.equal(image.readUInt32LE(4096 + 16), 4);
  assert.equal(image.toString('latin1', 4096 + 3 * 64, 4096 + 3 * 64 + 4), 'tail');
});

test('images of equal entries are equal however their contents are cut', async () => {
  const content = Buffer.alloc(100_000, 'abc');
  const entries = [root, makeFile('file', content)];
  const cut = await withScratchDirectory(async (scratch) => {
    const writer = new ErofsWriter(join(scratch, 'image'));
    await writer.add(root.entry);
    await writer.add(makeFile('file', content).entry, inPieces(content, 77));
    await writer.finish();
    return readFileSync(join(scratch, 'image'));
  });
  assert.deepEqual(cut, await imageOf(entries));
});

test('the UUID follows the content unless it is given', async () => {
  const one = await imageOf([root, makeFile('file', 'one')]);
  const two = await imageOf([root, makeFile('file', 'two')]);
  assert.notEqual(uuidOf(one), uuidOf(two));
  const uuid = '00112233-4455-6677-8899-aabbccddeeff';
  const fixed = await imageOf([root], { uuid, volumeName: 'given' });
  assert.equal(uuidOf(fixed), uuid.replaceAll('-', ''));
  assert.equal(fixed.toString('latin1', 1024 + 64, 1024 + 70), 'given\0');
});

test('add() refuses entries that do not fit the tree', async () => {
  const file = makeFile('file', 'x');
  await assertRefused([file], 'Cannot add "file": its parent directory has not been added');
  await assertRefused(
    [root, makeFile('a/b', 'x')],
    'Cannot add "a/b": its parent directory has not been added',
  );
  await assertRefused(
    [root, file, makeFile('file/b', 'x')],
    'Cannot add "file/b": its parent is no directory',
  );
  await assertRefused([root, file, file], 'Cannot add "file": the path has been added before');
  await assertRefused([root, root], 'Cannot add "": the root has been added before');
  await assertRefused(
    [makeEntry('symlink', '', { linkTarget: 'x' })],
    'Cannot add "": the root must be a directory',
  );
  await assertRefused([], 'Cannot finish an image without a root directory');
});

test('add() refuses hard links to what is missing or a directory', async () => {
  await assertRefused([root, link('x')], 'Cannot add "link": its target "x" has not been added');
  await assertRefused([root, link('')], 'Cannot add "link": its target "" is a directory');
  await assertRefused(
    [root, makeEntry('hardlink', 'link')],
    'Cannot add "link": its target "undefined" has not been added',
  );
});

test('add() refuses content that is not as long as was said', async () => {
  await assertRefused([root, said(5, 'four')], 'Cannot add "file": the content ends after 4 of 5 bytes');
  await assertRefused([root, said(3, 'four')], 'Cannot add "file": the content is longer than 3 bytes');
  await assertRefused(
    [root, makeEntry('file', 'file', { sizeBytes: 1 })],
    'Cannot add "file": the content ends after 0 of 1 bytes',
  );
  await assertRefused(
    [root, { ...makeEntry('fifo', 'fifo'), content: Buffer.from('x') }],
    'Cannot add "fifo": only files have content',
  );
});

test('add() names the file whose content fails and keeps the cause', async () => {
  const cause = new Error('broken layer');
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x');
    throw cause;
  };
  const writer = new ErofsWriter('unused');
  await writer.add(root.entry);
  await assert.rejects(writer.add(makeFile('file', 'xy').entry, broken()), {
    code: 'image',
    message: 'Cannot add "file": cannot read the content',
    cause,
  });
  await assert.rejects(writer.add(makeFile('next', '').entry), {
    code: 'usage',
    message: 'Cannot go on with an image that is failed',
  });
  await writer.abort();
});

test('calls that overlap are refused', async () => {
  const writer = new ErofsWriter('unused');
  const first = writer.add(root.entry);
  await assert.rejects(writer.finish(), {
    code: 'usage',
    message: 'Cannot go on with an image that is busy',
  });
  await first;
  await writer.abort();
});

test('abort() during an add leaves no file', async () => {
  await withScratchDirectory(async (scratch) => {
    const path = join(scratch, 'image');
    const content = Buffer.alloc(4 * 1024 * 1024);
    const writer = new ErofsWriter(path);
    await writer.add(root.entry);
    const adding = assert.rejects(writer.add(makeFile('file', content).entry, inPieces(content)), {
      code: 'host',
    });
    await writer.abort();
    await adding;
    await writer.abort();
    assert.equal(existsSync(path), false);
  });
});

test('abort() after finish() keeps the image', async () => {
  await withScratchDirectory(async (scratch) => {
    const path = join(scratch, 'image');
    const writer = new ErofsWriter(path);
    await writer.add(root.entry);
    await writer.finish();
    await writer.abort();
    assert.equal(existsSync(path), true);
  });
});

test('options are checked before anything is written', () => {
  assert.throws(() => new ErofsWriter('unused', { uuid: 'x' }), { code: 'usage' });
  assert.throws(() => new ErofsWriter('unused', { volumeName: 'sixteen letters!' }), {
    code: 'usage',
    message: 'Cannot name a volume "sixteen letters!", at most 15 bytes',
  });
});
