import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { crc32 } from '../../../protocol/checksum.ts';

test('crc32() of the check string is the published value', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf4_3926);
});

test('crc32() is that of zlib, for short and long bytes and in any order', () => {
  assert.equal(crc32(new Uint8Array(0)), 0);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6000, size: 'max' }), (bytes) => {
      assert.equal(crc32(bytes), zlibCrc32(bytes));
    }),
    { numRuns: 200 },
  );
  const long = new Uint8Array(4096).fill(7);
  assert.equal(crc32(long), zlibCrc32(long));
  assert.equal(crc32(long.subarray(0, 24)), zlibCrc32(long.subarray(0, 24)));
});
