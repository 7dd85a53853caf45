import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTarHeader, decodeTarNumber } from '../../../../protocol/tar/tar-header.ts';
import { encodeTarHeader } from '../../../../protocol/tar/tar-writer.ts';
import { file } from '../../../support/image-fixtures.ts';

function resum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function headerOf(block: Buffer) {
  const decoded = decodeTarHeader(block);
  assert.equal(decoded.state, 'header');
  return decoded.header;
}

test('decodeTarHeader() tells a block of zeros from damage', () => {
  assert.deepEqual(decodeTarHeader(Buffer.alloc(512)), { state: 'zero' });
  const damaged = encodeTarHeader(file('a'));
  damaged[0] = 0x62;
  assert.deepEqual(decodeTarHeader(damaged), { state: 'invalid', reason: 'a header has a wrong checksum' });
});

test('decodeTarHeader() joins the ustar prefix, and ignores it in GNU and v7 archives', () => {
  const block = encodeTarHeader(file('name'));
  block.write('some/prefix', 345);
  assert.equal(headerOf(resum(block)).name, 'some/prefix/name');
  block.write('ustar  \0', 257, 'latin1');
  assert.equal(headerOf(resum(block)).name, 'name');
  block.fill(0, 257, 265);
  assert.equal(headerOf(resum(block)).name, 'name');
});

test('decodeTarHeader() takes checksums over signed bytes', () => {
  const block = encodeTarHeader(file('\u00ff'));
  const unsigned = Number.parseInt(block.toString('latin1', 148, 154), 8);
  const signed = block.subarray(0, 100).reduce((sum, byte) => (byte > 127 ? sum - 256 : sum), unsigned);
  block.write(`${signed.toString(8).padStart(6, '0')}\0 `, 148);
  assert.equal(headerOf(block).name, '\u00ff');
});

test('decodeTarNumber() reads octal with any padding', () => {
  for (const text of ['0000644\0', '    644 ', '644\0\0\0\0\0', '0000644 ']) {
    assert.equal(decodeTarNumber(Buffer.from(text), 0, 8), 0o644);
  }
  assert.equal(decodeTarNumber(Buffer.alloc(8), 0, 8), 0);
});

test('decodeTarNumber() reads base-256, negative numbers included', () => {
  assert.equal(decodeTarNumber(Buffer.from('80000000ffffffff', 'hex'), 0, 8), 0xffffffff);
  assert.equal(decodeTarNumber(Buffer.from('ffffffffffffffff', 'hex'), 0, 8), -1);
  assert.throws(() => decodeTarNumber(Buffer.from('80ffffffffffffff', 'hex'), 0, 8), RangeError);
});

test('decodeTarHeader() refuses a field that is no number', () => {
  const block = encodeTarHeader(file('a'));
  block.write('9', 100);
  assert.deepEqual(decodeTarHeader(resum(block)), {
    state: 'invalid',
    reason: 'a header has "9000644" where an octal number belongs',
  });
});
