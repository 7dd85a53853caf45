import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { binarySize, decimalSize } from '../../../../host/cli/human-size.ts';

describe('binarySize()', () => {
  for (const [lengthBytes, text] of [
    [0, '0B'],
    [1023, '1023B'],
    [1024, '1KiB'],
    [12_345_678, '11.77MiB'],
    [512 * 1024 ** 2, '512MiB'],
    [1.5 * 1024 ** 3, '1.5GiB'],
    [2 ** 62, '4096PiB'],
  ] as const) {
    it(`writes ${lengthBytes} as "${text}"`, () => assert.equal(binarySize(lengthBytes), text));
  }
});

describe('decimalSize()', () => {
  for (const [lengthBytes, text] of [
    [0, '0B'],
    [648, '648B'],
    [1000, '1kB'],
    [1234, '1.23kB'],
    [45_678_901, '45.7MB'],
  ] as const) {
    it(`writes ${lengthBytes} as "${text}"`, () => assert.equal(decimalSize(lengthBytes), text));
  }
});
