import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodePathBytes, encodePathBytes } from '../../../protocol/path-bytes.ts';

test('decodePathBytes() reads valid UTF-8 as ordinary text', () => {
  assert.equal(decodePathBytes(Buffer.from('usr/Főtanúsítvány\n😀')), 'usr/Főtanúsítvány\n😀');
});

test('decodePathBytes() escapes each invalid byte alone and keeps the text around it', () => {
  assert.equal(decodePathBytes(Buffer.from('61ff62c3', 'hex')), 'a\udcffb\udcc3');
});

test('encodePathBytes() gives back any bytes that decodePathBytes() read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      assert.deepEqual([...encodePathBytes(decodePathBytes(bytes))], [...bytes]);
    }),
    { seed: 1, numRuns: 500 },
  );
});
