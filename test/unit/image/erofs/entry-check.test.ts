import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEntry } from '../../../../image/erofs/entry-check.ts';
import type { RootEntry } from '../../../../image/root-entry.ts';
import { makeEntry } from '../../../image/erofs-image.ts';

function check(type: RootEntry['type'], path: string, fields: Partial<RootEntry> = {}): () => void {
  return () => checkEntry(makeEntry(type, path, fields).entry);
}

test('checkEntry() takes the largest values that an image can hold', () => {
  check('file', 'n'.repeat(255), { mode: 0o7777, uid: 0xfffffffe, gid: 0xfffffffe, mtimeSeconds: -1 })();
  check('symlink', 'link', { linkTarget: 't'.repeat(4095) })();
  check('block', 'device', { devMajor: 0xfff, devMinor: 0xfffff })();
  check('file', 'escaped \udcff byte')();
});

test('checkEntry() refuses paths that are not plain names', () => {
  for (const path of ['/a', 'a/', 'a//b', '.', '..', 'a/../b', './a']) {
    assert.throws(check('file', path), {
      code: 'image',
      message: `Cannot add "${path}": expected a path of plain names without leading slash`,
    });
  }
  assert.throws(check('file', 'a\0b'), /a name has a NUL byte$/);
  assert.throws(check('file', 'ü'.repeat(128)), /a name is 256 bytes long, at most 255$/);
});

test('checkEntry() refuses names that would read back as others', () => {
  for (const name of ['\ud800', '\udc00', '\udcc3\udca9']) {
    assert.throws(check('file', name), /a name has surrogates that stand for no byte$/);
  }
});

test('checkEntry() refuses numbers that no inode can hold', () => {
  const refused: [RootEntry['type'], Partial<RootEntry>, string][] = [
    ['file', { mode: 0o10000 }, 'mode is 4096, expected a whole number of 0 to 4095'],
    ['file', { uid: 0xffffffff }, 'uid is 4294967295, expected a whole number of 0 to 4294967294'],
    ['file', { gid: -1 }, 'gid is -1, expected a whole number of 0 to 4294967294'],
    [
      'file',
      { mtimeNanoseconds: 1e9 },
      'nanoseconds of mtime is 1000000000, expected a whole number of 0 to 999999999',
    ],
    ['fifo', { sizeBytes: 1 }, 'size is 1, expected a whole number of 0 to 0'],
    ['char', { devMinor: 1 }, 'device major is undefined, expected a whole number of 0 to 4095'],
    [
      'block',
      { devMajor: 1, devMinor: 1 << 20 },
      'device minor is 1048576, expected a whole number of 0 to 1048575',
    ],
  ];
  for (const [type, fields, why] of refused) {
    assert.throws(check(type, 'x', fields), { code: 'image', message: `Cannot add "x": ${why}` });
  }
  assert.throws(check('file', 'x', { mtimeSeconds: 0.5 }), /mtime is 0.5/);
});

test('checkEntry() refuses symlinks that Linux would not follow', () => {
  assert.throws(check('symlink', 'x'), /a symlink needs a target$/);
  assert.throws(check('symlink', 'x', { linkTarget: '' }), /a symlink needs a target$/);
  assert.throws(check('symlink', 'x', { linkTarget: 'a\0' }), /the symlink target has a NUL byte$/);
  assert.throws(check('symlink', 'x', { linkTarget: 't'.repeat(4096) }), /is 4096 bytes long, at most 4095$/);
});
