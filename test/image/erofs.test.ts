import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ErofsWriter } from '../../image/erofs/erofs-writer.ts';
import {
  checkImage,
  makeEntry,
  makeFile,
  type TestEntry,
  withMountedImage,
  withScratchDirectory,
  writeImage,
} from './erofs-image.ts';
import { randomTree } from './erofs-random-tree.ts';
import { expectedTree, expectedXattrs, observeTree, observeXattrs } from './observe.ts';
import { readTree } from './read-tree.ts';

/** Writes, checks and mounts an image of `entries` and compares everything with what was asked for. */
async function assertRoundTrip(entries: readonly TestEntry[]): Promise<void> {
  await withScratchDirectory(async (scratch) => {
    const image = join(scratch, 'image.erofs');
    await writeImage(image, entries);
    checkImage(image);
    await withMountedImage(image, (root) => {
      assert.deepEqual(observeTree(root), expectedTree(entries));
      assert.deepEqual(observeXattrs(root), expectedXattrs(entries));
    });
  });
}

const root = makeEntry('directory', '');

function set(...pairs: [string, Buffer][]) {
  return { xattrs: new Map(pairs) };
}

/** A tree without what may differ between two file systems: how they count the links of a directory. */
function comparable(path: string) {
  const observed = observeTree(path);
  for (const one of observed.values()) if (one.type === 'directory') one.links = 0;
  return observed;
}

test('an image holds every kind of entry', async () => {
  await assertRoundTrip([
    makeEntry('directory', '', { mode: 0o1777, uid: 12, gid: 34 }),
    makeEntry('directory', 'dev'),
    makeEntry('char', 'dev/null', { mode: 0o666, devMajor: 1, devMinor: 3 }),
    makeEntry('block', 'dev/far', { mode: 0o660, gid: 6, devMajor: 4095, devMinor: 1_048_575 }),
    makeEntry('fifo', 'dev/fifo', { mode: 0o600 }),
    makeFile('set-id', 'x', { mode: 0o6755 }),
    makeFile('empty', ''),
    makeEntry('symlink', 'link', { linkTarget: '/dev/null', uid: 5 }),
    makeEntry('directory', 'bare'),
  ]);
});

test('an image holds files whose sizes touch the borders of blocks', async () => {
  const sizes = [0, 1, 4031, 4032, 4033, 4095, 4096, 4097, 8192, 65_535, 65_536, 65_537, 5 * 1024 * 1024];
  const content = randomBytes(5 * 1024 * 1024);
  await assertRoundTrip([root, ...sizes.map((size) => makeFile(`file-${size}`, content.subarray(0, size)))]);
});

test('an image holds directories of many blocks, found by every name', async () => {
  const names = Array.from(
    { length: 1500 },
    (_, index) => `entry ${index * 7919} ${'n'.repeat(index % 200)}`,
  );
  const awkward = [
    '-',
    '!',
    '+x',
    '.hidden',
    '..twice',
    '...',
    '~',
    'é',
    '\u{1f9ca}',
    '\uffee',
    '\udcff\udc80',
  ];
  const many = ['many', 'awkward'].map((path) => makeEntry('directory', path));
  await assertRoundTrip([
    root,
    ...many,
    ...names.map((name) => makeFile(`many/${name}`, name)),
    ...awkward.map((name) => makeFile(`awkward/${name}`, name)),
    ...awkward.map((name) => makeEntry('directory', `many/${name}`)),
  ]);
});

test('an image holds deep trees, long names and long symlinks', async () => {
  const deep = Array.from({ length: 120 }, (_, depth) =>
    makeEntry('directory', Array.from({ length: depth + 1 }, (__, level) => `level-${level}`).join('/')),
  );
  await assertRoundTrip([
    root,
    ...deep,
    makeFile(`${deep.at(-1)?.entry.path}/bottom`, 'found'),
    makeFile('n'.repeat(255), 'long'),
    makeFile('ü'.repeat(127), 'long in bytes'),
    ...[1, 4031, 4032, 4033, 4095].map((length) =>
      makeEntry('symlink', `link-${length}`, { linkTarget: 't'.repeat(length) }),
    ),
  ]);
});

test('an image holds large ids and exact times', async () => {
  await assertRoundTrip([
    root,
    makeFile('large', '', { uid: 70_000, gid: 4_294_967_294 }),
    makeFile('exact', '', { mtimeSeconds: 1_234_567_890, mtimeNanoseconds: 123_456_789 }),
    makeFile('epoch', '', { mtimeSeconds: 0 }),
    makeFile('before', '', { mtimeSeconds: -1, mtimeNanoseconds: 999_999_999 }),
    makeFile('beyond', '', { mtimeSeconds: 2 ** 33 }),
  ]);
});

test('hard links share one inode and count themselves', async () => {
  const entries = [
    root,
    makeEntry('directory', 'a'),
    makeFile('a/file', 'shared', { xattrs: new Map([['user.note', Buffer.from('both')]]) }),
    makeEntry('hardlink', 'second', { linkTarget: 'a/file' }),
    makeEntry('hardlink', 'third', { linkTarget: 'second' }),
    makeEntry('symlink', 'link', { linkTarget: 'a' }),
    makeEntry('hardlink', 'a/link', { linkTarget: 'link' }),
    makeFile('large', randomBytes(3 * 1024 * 1024)),
    makeEntry('hardlink', 'a/large', { linkTarget: 'large' }),
  ];
  await assertRoundTrip(entries);
});

test('an image holds extended attributes of all supported kinds', async () => {
  const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
  // Version 2; user::rw-, user:1000:r--, group::r--, mask::r--, other::r-- as tag, permissions and id.
  const aclWords =
    '02000000 01000600ffffffff 02000400e8030000 04000400ffffffff 10000400ffffffff 20000400ffffffff';
  const acl = Buffer.from(aclWords.replaceAll(' ', ''), 'hex');
  await assertRoundTrip([
    makeEntry('directory', '', set(['user.root', randomBytes(3500)], ['trusted.opaque', Buffer.from('y')])),
    makeFile('ping', 'elf', set(['security.capability', capability])),
    makeFile('acl', 'shared', set(['system.posix_acl_access', acl])),
    makeEntry('directory', 'inherit', set(['system.posix_acl_default', acl])),
    makeFile('empty-value', 'x', set(['user.none', Buffer.alloc(0)])),
    makeFile(
      'many',
      'y',
      set(
        ...Array.from({ length: 80 }, (_, index): [string, Buffer] => [`user.${index}`, randomBytes(index)]),
      ),
    ),
    makeFile(
      'large',
      'inline no more',
      set(['user.large', randomBytes(65_535)], ['user.more', randomBytes(5000)]),
    ),
    makeFile('edge', randomBytes(100), set(['user.edge', randomBytes(3900)])),
    makeEntry('symlink', 'link', { linkTarget: 'ping', ...set(['trusted.note', randomBytes(5000)]) }),
    makeEntry('char', 'null', { devMajor: 1, devMinor: 3, ...set(['trusted.note', Buffer.from('device')]) }),
    makeFile('long-name', '', set([`user.${'n'.repeat(250)}`, Buffer.from('z')])),
  ]);
});

test('an image of nothing but a root mounts', async () => {
  await assertRoundTrip([makeEntry('directory', '', { mode: 0o700 })]);
});

test('a root that fills many blocks mounts', async () => {
  await assertRoundTrip([
    root,
    ...Array.from({ length: 3000 }, (_, index) => makeFile(`file-${index}`, `${index}`)),
  ]);
});

test('random trees come back as they were', { timeout: 120_000 }, async () => {
  await fc.assert(fc.asyncProperty(randomTree, assertRoundTrip), { seed: 20_240_501, numRuns: 25 });
});

test('a real directory comes back as it is', { timeout: 120_000 }, async () => {
  const source = '/usr/share/doc';
  await withScratchDirectory(async (scratch) => {
    const image = join(scratch, 'image.erofs');
    const writer = new ErofsWriter(image);
    for (const entry of readTree(source)) {
      const isFile = entry.type === 'file' && entry.sizeBytes > 0;
      await writer.add(entry, isFile ? createReadStream(join(source, entry.path)) : undefined);
    }
    await writer.finish();
    checkImage(image);
    await withMountedImage(image, (mounted) => assert.deepEqual(comparable(mounted), comparable(source)));
  });
});

test('equal entries give equal bytes', async () => {
  await withScratchDirectory(async (scratch) => {
    const [tree = []] = fc.sample(randomTree, { seed: 7, numRuns: 1 });
    const images = ['first', 'second'].map((name) => join(scratch, name));
    for (const image of images) await writeImage(image, tree);
    const [first, second] = images.map((image) => readFileSync(image));
    assert.deepEqual(first, second);
  });
});
