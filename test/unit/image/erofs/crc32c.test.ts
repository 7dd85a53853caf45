import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '../../../../image/erofs/crc32c.ts';

test('crc32c() of the check string is the complement of the published value', () => {
  // RFC 3720, B.4 and the usual check value E3069283 are inverted at the end; the kernel's is not.
  assert.equal(crc32c(Buffer.from('123456789')), ~0xe3069283 >>> 0);
});

test('crc32c() of 32 zeros is the complement of the value in RFC 3720', () => {
  assert.equal(crc32c(Buffer.alloc(32)), ~0x8a9136aa >>> 0);
});

test('crc32c() of nothing is its start value', () => {
  assert.equal(crc32c(Buffer.alloc(0)), 0xffffffff);
});
