import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type CpioEntry, encodeCpio, parentDirectories } from '../../../../image/initramfs/cpio.ts';
import { readCpio } from '../../../support/cpio-reader.ts';

const encode = (entries: CpioEntry[]): Buffer => Buffer.concat([...encodeCpio(entries)]);

/** A header's fields in their order, as the kernel's buffer-format.rst has them. */
function header(fields: Record<string, string>): string {
  const zero = '00000000';
  const before = ['inode', 'mode', 'uid', 'gid', 'links', 'mtime', 'size', 'major', 'minor'];
  const order = [...before, 'deviceMajor', 'deviceMinor', 'nameSize', 'check'];
  return `070701${order.map((name) => fields[name] ?? zero).join('')}`;
}

test('encodeCpio() writes a small archive byte by byte', () => {
  const archive = encode([
    { type: 'directory', path: 'dev', mode: 0o755 },
    { type: 'char', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { type: 'file', path: 'init', mode: 0o755, content: Buffer.from('hello') },
    { type: 'symlink', path: 'sbin', target: 'bin' },
  ]);
  const expected = [
    // Directory 0755, two links; name "dev" and its NUL end at 114, two bytes of padding.
    header({ inode: '00000001', mode: '000041ed', links: '00000002', nameSize: '00000004' }),
    'dev\0\0\0',
    // Character device 0600, 5:1; the name ends at 122, two bytes of padding.
    header({
      inode: '00000002',
      mode: '00002180',
      links: '00000001',
      deviceMajor: '00000005',
      deviceMinor: '00000001',
      nameSize: '0000000c',
    }),
    'dev/console\0\0\0',
    // File 0755 of 5 bytes; the name ends at 115, one byte of padding, three after the content.
    header({
      inode: '00000003',
      mode: '000081ed',
      links: '00000001',
      size: '00000005',
      nameSize: '00000005',
    }),
    'init\0\0hello\0\0\0',
    // Link 0777 whose content is its target.
    header({
      inode: '00000004',
      mode: '0000a1ff',
      links: '00000001',
      size: '00000003',
      nameSize: '00000005',
    }),
    'sbin\0\0bin\0',
    header({ links: '00000001', nameSize: '0000000b' }),
    'TRAILER!!!\0\0\0\0',
  ].join('');
  assert.equal(archive.toString('latin1', 0, expected.length), expected);
  assert.equal(archive.length, 1024);
  assert.ok(archive.subarray(expected.length).every((byte) => byte === 0));
});

test('encodeCpio() writes an empty archive as its trailer in one sector', () => {
  const archive = encode([]);
  assert.equal(archive.length, 512);
  assert.deepEqual(readCpio(archive), []);
});

test('encodeCpio() makes the same bytes of the same entries', () => {
  const entries: CpioEntry[] = [
    { type: 'directory', path: 'lib', mode: 0o755 },
    { type: 'file', path: 'lib/a', mode: 0o644, content: Buffer.alloc(1000, 7) },
  ];
  assert.deepEqual(encode(entries), encode(entries));
});

// Spread, because fast-check's records have no prototype.
const entry: fc.Arbitrary<CpioEntry> = fc
  .oneof(
    fc.record({
      type: fc.constant('file' as const),
      path: fc.stringMatching(/^[a-z/]{1,20}$/),
      mode: fc.nat(0o7777),
      content: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    }),
    fc.record({
      type: fc.constant('directory' as const),
      path: fc.stringMatching(/^[a-zé/]{1,20}$/),
      mode: fc.nat(0o7777),
    }),
    fc.record({
      type: fc.constant('symlink' as const),
      path: fc.stringMatching(/^[a-z/]{1,20}$/),
      target: fc.stringMatching(/^[a-zé/.]{1,30}$/),
    }),
    fc.record({
      type: fc.constant('char' as const),
      path: fc.stringMatching(/^[a-z/]{1,20}$/),
      mode: fc.nat(0o7777),
      major: fc.nat(4095),
      minor: fc.nat(1_048_575),
    }),
  )
  .map((made) => ({ ...made }));

test('encodeCpio() writes archives that read back as they were, aligned, one after the other', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), fc.array(entry, { maxLength: 3 }), (first, second) => {
      const one = encode(first);
      const other = encode(second);
      assert.equal(one.length % 512, 0);
      const read = readCpio(Buffer.concat([one, other]));
      assert.deepEqual(
        read.map((found) => found.entry),
        [...first, ...second],
      );
      for (const { inode, uid, gid, mtime, index } of read) {
        assert.deepEqual({ uid, gid, mtime }, { uid: 0, gid: 0, mtime: 0 });
        assert.equal(inode, index + 1);
      }
    }),
  );
});

test('encodeCpio() refuses what its fields cannot hold', () => {
  const huge = { length: 2 ** 32 } as unknown as Uint8Array;
  assert.throws(() => encode([{ type: 'file', path: 'x', mode: 0o644, content: huge }]), {
    name: 'RangeError',
    message: 'Cannot write 4294967296 into a cpio field of 32 bits',
  });
});

test('parentDirectories() lists each directory once, parents first', () => {
  assert.deepEqual(parentDirectories(['lib/x/a', 'lib/x/b', 'lib64/c', 'init', 'lib/d']), [
    'lib',
    'lib/x',
    'lib64',
  ]);
  assert.deepEqual(parentDirectories([]), []);
  assert.deepEqual(parentDirectories(['init']), []);
});

test('parentDirectories() puts every parent before its children, whatever the names', () => {
  const path = fc.array(fc.stringMatching(/^[-a-z.]{1,4}$/), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(path, { maxLength: 8 }), (paths) => {
      const directories = parentDirectories(paths.map((parts) => parts.join('/')));
      assert.equal(new Set(directories).size, directories.length);
      for (const [index, directory] of directories.entries()) {
        const slash = directory.lastIndexOf('/');
        if (slash !== -1) assert.ok(directories.indexOf(directory.slice(0, slash)) < index);
      }
    }),
  );
});
