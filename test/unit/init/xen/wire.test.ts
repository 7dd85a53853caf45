import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeReply, encodeWatch, encodeWrite } from '../../../../init/xen/wire.ts';

/** A message as xenstored sends it. */
function message(type: number, requestId: number, payload: string): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(type, 0);
  header.writeUInt32LE(requestId, 4);
  header.writeUInt32LE(payload.length, 12);
  return Buffer.concat([header, Buffer.from(payload)]);
}

test('encodeWrite() is type, request, no transaction, length, then path, NUL and value', () => {
  const hex = encodeWrite(7, 'exit-code', '42').toString('hex');
  assert.equal(hex.slice(0, 32), '0b00000007000000000000000c000000');
  assert.equal(hex.slice(32), Buffer.from('exit-code\x0042').toString('hex'));
});

test('encodeWatch() ends path and token with a NUL each', () => {
  const hex = encodeWatch(3, 'memory/target', 'balloon').toString('hex');
  assert.equal(hex.slice(0, 32), '04000000030000000000000016000000');
  assert.equal(hex.slice(32), Buffer.from('memory/target\0balloon\0').toString('hex'));
});

test('encodeWrite() refuses what is longer than a message may be', () => {
  assert.throws(() => encodeWrite(1, 'path', 'x'.repeat(4096)), RangeError);
});

test('decodeReply() takes a message off the front', () => {
  const bytes = Buffer.concat([message(11, 7, 'OK\0'), Buffer.from('more')]);
  const decoded = decodeReply(bytes);
  assert.ok(decoded.state === 'complete');
  assert.deepEqual(decoded.reply, { type: 11, requestId: 7, payload: 'OK' });
  assert.equal(decoded.rest.toString(), 'more');
});

test('decodeReply() is incomplete for every part of a message', () => {
  const bytes = message(16, 7, 'EACCES\0');
  for (let length = 0; length < bytes.length; length += 1) {
    assert.deepEqual(decodeReply(bytes.subarray(0, length)), { state: 'incomplete' });
  }
});

test('decodeReply() is invalid for a length that no message has', () => {
  const bytes = message(11, 7, 'OK\0');
  bytes.writeUInt32LE(4097, 12);
  assert.deepEqual(decodeReply(bytes), { state: 'invalid' });
});
