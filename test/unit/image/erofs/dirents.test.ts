import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Dirent,
  directoryBytes,
  encodeDirents,
  layOutDirents,
  sortNames,
} from '../../../../image/erofs/dirents.ts';

function dirent(name: string, nid: number, type: Dirent['type'] = 'file'): Dirent {
  return { name: Buffer.from(name), nid, type };
}

test('encodeDirents() writes the entries first and the names behind them', () => {
  const dirents = [
    dirent('.', 130, 'directory'),
    dirent('..', 128, 'directory'),
    dirent('abc', 0x1_0000_0001),
  ];
  const data = encodeDirents(dirents, layOutDirents(dirents.map(({ name }) => name)));
  const expected = [
    '8200000000000000 2400 02 00', // nid, nameoff 36, directory, reserved
    '8000000000000000 2500 02 00',
    '0100000001000000 2700 01 00', // nameoff 39, regular file
    '2e', // .
    '2e2e', // ..
    '616263', // abc
  ];
  assert.equal(data.toString('hex'), expected.join('').replaceAll(' ', ''));
});

test('encodeDirents() marks every type with its number', () => {
  const types = ['file', 'directory', 'char', 'block', 'fifo', 'symlink'] as const;
  const dirents = types.map((type, index) => dirent(`${index}`, 1, type));
  const data = encodeDirents(dirents, layOutDirents(dirents.map(({ name }) => name)));
  assert.deepEqual(
    types.map((_, index) => data[index * 12 + 10]),
    [1, 2, 3, 4, 5, 7],
  );
});

test('encodeDirents() starts each block with entries and pads full ones with zeros', () => {
  const dirents = Array.from({ length: 20 }, (_, index) => dirent(`${index + 10}`.padEnd(250, 'x'), index));
  const blocks = layOutDirents(dirents.map(({ name }) => name));
  assert.deepEqual(blocks, [
    { start: 0, end: 15, usedBytes: 15 * 262 },
    { start: 15, end: 20, usedBytes: 5 * 262 },
  ]);
  const data = encodeDirents(dirents, blocks);
  assert.equal(data.length, 4096 + 5 * 262);
  assert.equal(data.readUInt16LE(8), 15 * 12);
  assert.deepEqual(data.subarray(15 * 262, 4096), Buffer.alloc(4096 - 15 * 262));
  assert.equal(data.readBigUInt64LE(4096), 15n);
  assert.equal(data.readUInt16LE(4096 + 8), 5 * 12);
  assert.equal(data.toString('latin1', 4096 + 60, 4096 + 62), '25');
});

test('layOutDirents() fills a block to its last byte', () => {
  // 16 entries of 12 + 244 bytes are 4096 bytes.
  const names = Array.from({ length: 17 }, (_, index) => Buffer.from(`${index + 10}`.padEnd(244, 'x')));
  assert.deepEqual(layOutDirents(names.slice(0, 16)), [{ start: 0, end: 16, usedBytes: 4096 }]);
  const blocks = layOutDirents(names);
  assert.equal(blocks.length, 2);
  assert.equal(directoryBytes(blocks), 4096 + 256);
});

test('sortNames() orders by bytes and not by UTF-16 units', () => {
  const sorted = sortNames(['\u{10000}', '\uffff', 'b', 'B', '..', '.', '-', 'é', '\udc80']);
  assert.deepEqual(
    sorted.map(({ text }) => text),
    ['-', '.', '..', 'B', 'b', '\udc80', 'é', '\uffff', '\u{10000}'],
  );
});
