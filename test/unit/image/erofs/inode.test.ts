import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeDevice,
  encodeInode,
  type InodeFields,
  nidAt,
  planData,
} from '../../../../image/erofs/inode.ts';

const fields: InodeFields = {
  type: 'file',
  layout: 'inline',
  mode: 0o4755,
  uid: 70_000,
  gid: 0xfffffffe,
  mtimeSeconds: -2,
  mtimeNanoseconds: 999_999_999,
  sizeBytes: 0x1_0000_0005,
  xattrBytes: 28,
  location: 0x0a0b0c0d,
  serial: 9,
  links: 3,
};

test('encodeInode() puts every field where the kernel reads it', () => {
  const expected = [
    '0500', // 0 i_format: extended, flat inline
    '0500', // 2 i_xattr_icount: 12 bytes of header and four words
    'ed89', // 4 i_mode: regular file, 4755
    '0000', // 6 reserved
    '0500000001000000', // 8 i_size
    '0d0c0b0a', // 16 raw_blkaddr
    '09000000', // 20 i_ino
    '70110100', // 24 i_uid
    'feffffff', // 28 i_gid
    'feffffffffffffff', // 32 i_mtime
    'ffc99a3b', // 40 i_mtime_nsec
    '03000000', // 44 i_nlink
    '00'.repeat(16), // 48 reserved
  ];
  assert.equal(encodeInode(fields).toString('hex'), expected.join(''));
});

test('encodeInode() counts no words for an inode without attributes', () => {
  assert.equal(encodeInode({ ...fields, xattrBytes: 0 }).readUInt16LE(2), 0);
});

test('encodeInode() marks plain inodes and their types', () => {
  const modes = { directory: 0o40000, symlink: 0o120000, char: 0o20000, block: 0o60000, fifo: 0o10000 };
  for (const [type, mode] of Object.entries(modes)) {
    const inode = encodeInode({ ...fields, layout: 'plain', mode: 0, type: type as InodeFields['type'] });
    assert.equal(inode.readUInt16LE(0), 1);
    assert.equal(inode.readUInt16LE(4), mode);
  }
});

test('encodeDevice() splits the minor number around the major one', () => {
  assert.equal(encodeDevice(1, 3), 0x0103);
  assert.equal(encodeDevice(0xabc, 0x12345), 0x123abc45);
  assert.equal(encodeDevice(0xfff, 0xfffff), 0xffffffff);
});

test('nidAt() counts slots of 32 bytes', () => {
  assert.equal(nidAt(4096 + 64), 130);
});

test('planData() lets a tail follow its inode while both fit into a block', () => {
  assert.deepEqual(planData('file', 4032, 0), { layout: 'inline', inlineBytes: 4032 });
  assert.deepEqual(planData('file', 4033, 0), { layout: 'plain', inlineBytes: 0 });
  assert.deepEqual(planData('file', 4032, 4), { layout: 'plain', inlineBytes: 0 });
  assert.deepEqual(planData('directory', 4096 * 3 + 100, 0), { layout: 'inline', inlineBytes: 100 });
});

test('planData() has nothing to inline where data fills its blocks or there is none', () => {
  assert.deepEqual(planData('file', 0, 0), { layout: 'plain', inlineBytes: 0 });
  assert.deepEqual(planData('file', 8192, 0), { layout: 'plain', inlineBytes: 0 });
});

test('planData() keeps large files in blocks, but not large directories', () => {
  assert.equal(planData('file', 64 * 1024 + 1, 0).layout, 'plain');
  assert.equal(planData('directory', 64 * 1024 + 1, 0).layout, 'inline');
});
