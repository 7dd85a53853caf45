import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePacket, PacketReader } from '../../../../bench/machine/gdb-packets.ts';

test('encodePacket() adds the sum of the bytes as two hex digits', () => {
  assert.equal(encodePacket('OK'), '$OK#9a');
  assert.equal(encodePacket(''), '$#00');
});

test('a PacketReader passes over acknowledgements, and keeps a packet that has not come whole', () => {
  const reader = new PacketReader();
  assert.deepEqual(reader.take(Buffer.from('+$OK#9a$T05thread:01;#0')), ['OK']);
  assert.deepEqual(reader.take(Buffer.from('7')), ['T05thread:01;']);
});
