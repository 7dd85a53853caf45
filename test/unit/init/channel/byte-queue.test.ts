import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteQueue } from '../../../../init/channel/byte-queue.ts';

function takeAll(queue: ByteQueue): Buffer[] {
  const pieces: Buffer[] = [];
  for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) pieces.push(piece);
  return pieces;
}

test('bytes come out in the order in which they went in', () => {
  const queue = new ByteQueue();
  for (const text of ['ab', 'c', 'x'.repeat(5000), 'd']) queue.push(Buffer.from(text));
  assert.equal(queue.lengthBytes, 5004);
  assert.equal(Buffer.concat(takeAll(queue)).toString(), `abc${'x'.repeat(5000)}d`);
  assert.equal(queue.lengthBytes, 0);
  assert.equal(queue.first, undefined);
});

test('a window of single bytes takes as many pieces as one of large frames', () => {
  const queue = new ByteQueue();
  for (let byte = 0; byte < 64 * 1024; byte += 1) queue.push(Buffer.of(byte & 0xff));
  assert.equal(queue.lengthBytes, 64 * 1024);
  assert.equal(takeAll(queue).length, 16);
});

test('nothing takes no place', () => {
  const queue = new ByteQueue();
  queue.push(Buffer.alloc(0));
  assert.equal(queue.first, undefined);
});

test('drop() takes a part of the first piece, or all of it', () => {
  const queue = new ByteQueue();
  queue.push(Buffer.from('abc'));
  queue.drop(2);
  assert.equal(queue.first?.toString(), 'c');
  queue.push(Buffer.from('de'));
  assert.equal(queue.first?.toString(), 'cde');
  queue.drop(3);
  assert.equal(queue.first, undefined);
  queue.drop(0);
  assert.equal(queue.lengthBytes, 0);
});

test('what went in is a copy', () => {
  const queue = new ByteQueue();
  const bytes = Buffer.from('abc');
  queue.push(bytes);
  bytes.fill('x');
  assert.equal(queue.first?.toString(), 'abc');
});
