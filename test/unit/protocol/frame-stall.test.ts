import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { encodeControl, encodeData, FrameDecoder, headerBytes } from '../../../protocol/frame.ts';

const hello = encodeControl('hello', { session: 'a' });
/** The beginning of a frame whose sender vanished. */
const torn = encodeData(1, 0, Buffer.alloc(30_000, 'x')).subarray(0, 1000);

/** A clock that stands still until it is moved. */
function openClock(context: TestContext): (ms: number) => void {
  let nowMs = 50;
  context.mock.method(performance, 'now', () => nowMs);
  return (ms) => void (nowMs += ms);
}

const types = (frames: { type: string }[]): string[] => frames.map((frame) => frame.type);

test('incompleteForMs counts from the header of a frame that lacks its payload', (context) => {
  const move = openClock(context);
  const decoder = new FrameDecoder();
  assert.equal(decoder.incompleteForMs, 0);
  decoder.push(torn.subarray(0, headerBytes - 1));
  move(5);
  assert.equal(decoder.incompleteForMs, 0, 'half a header proves nothing');
  decoder.push(torn.subarray(headerBytes - 1, 100));
  move(5);
  decoder.push(torn.subarray(100));
  move(5);
  assert.equal(decoder.incompleteForMs, 10);
});

test('incompleteForMs starts anew with the next frame and ends with the last', (context) => {
  const move = openClock(context);
  const decoder = new FrameDecoder();
  const frame = encodeData(1, 0, Buffer.alloc(100));
  decoder.push(frame.subarray(0, 50));
  move(5);
  assert.equal(decoder.push(Buffer.concat([frame.subarray(50), torn])).length, 1);
  move(3);
  assert.equal(decoder.incompleteForMs, 3);
  decoder.reset();
  assert.equal(decoder.incompleteForMs, 0);
});

test('takeInside() finds a frame of its type in what a broken frame has swallowed, and all behind it', () => {
  const decoder = new FrameDecoder();
  const request = encodeControl('request', { id: 1 });
  assert.deepEqual(decoder.push(torn), []);
  assert.deepEqual(decoder.push(Buffer.concat([request, hello, request, request.subarray(0, 30)])), []);
  assert.deepEqual(types(decoder.takeInside('hello')), ['hello', 'request']);
  assert.equal(decoder.skippedBytes, torn.length + request.length);
  assert.deepEqual(types(decoder.push(request.subarray(30))), ['request']);
});

test('takeInside() changes nothing when there is no whole frame of the type', () => {
  const decoder = new FrameDecoder();
  const frame = encodeData(1, 0, Buffer.concat([encodeControl('request', {}), Buffer.alloc(1000)]));
  assert.deepEqual(decoder.takeInside('hello'), []);
  decoder.push(frame.subarray(0, 500));
  assert.deepEqual(decoder.takeInside('hello'), []);
  assert.deepEqual(types(decoder.push(frame.subarray(500))), ['data']);
  assert.equal(decoder.skippedBytes, 0);
});

test('takeInside() does not take a damaged frame or half of one', () => {
  const decoder = new FrameDecoder();
  const damaged = Buffer.from(hello);
  damaged.write('X', headerBytes);
  decoder.push(Buffer.concat([torn, damaged, hello.subarray(0, -1)]));
  assert.deepEqual(decoder.takeInside('hello'), []);
  decoder.push(hello.subarray(-1));
  assert.deepEqual(types(decoder.takeInside('hello')), ['hello']);
});

test('reset() forgets what waits and counts it as skipped', () => {
  const decoder = new FrameDecoder();
  decoder.push(torn);
  decoder.reset();
  assert.equal(decoder.skippedBytes, torn.length);
  assert.deepEqual(types(decoder.push(hello)), ['hello']);
});

test('push() takes the largest frame byte by byte in reasonable time', () => {
  const frame = encodeData(1, 0, Buffer.alloc(32_000, 'x'));
  const decoder = new FrameDecoder();
  let count = 0;
  for (let round = 0; round < 4; round += 1) {
    for (const byte of frame) count += decoder.push(Buffer.of(byte)).length;
  }
  assert.equal(count, 4);
});
