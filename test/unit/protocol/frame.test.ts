import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  decodeOffset,
  encodeControl,
  encodeData,
  encodeFrame,
  encodeOffset,
  FrameDecoder,
  type FrameTypeName,
  frameTypes,
  headerBytes,
  makeDataEncoder,
} from '../../../protocol/frame.ts';
import { maxFramePayloadBytes, maxStreamChunkBytes } from '../../../protocol/limits.ts';

/** `{"a":1}`, the payload of the control frames below. */
const json = '7b2261223a317d';

/** One frame of each type, byte by byte: a change here is a change of the protocol's version. */
const goldenFrames: [type: FrameTypeName, frame: Buffer, hex: string][] = [
  //                                            magic    type     stream   length   payload  header   payload
  [
    'hello',
    encodeControl('hello', { a: 1 }),
    `4642c301 01000000 00000000 07000000 afac1b56 d3c68db4 ${json}`,
  ],
  [
    'welcome',
    encodeControl('welcome', { a: 1 }),
    `4642c301 02000000 00000000 07000000 afac1b56 2172459d ${json}`,
  ],
  [
    'refuse',
    encodeControl('refuse', { a: 1 }),
    `4642c301 03000000 00000000 07000000 afac1b56 b0e32d33 ${json}`,
  ],
  [
    'request',
    encodeControl('request', { a: 1 }),
    `4642c301 04000000 00000000 07000000 afac1b56 c51bd4ce ${json}`,
  ],
  [
    'response',
    encodeControl('response', { a: 1 }),
    `4642c301 05000000 00000000 07000000 afac1b56 548abc60 ${json}`,
  ],
  [
    'event',
    encodeControl('event', { a: 1 }),
    `4642c301 06000000 00000000 07000000 afac1b56 a63e7449 ${json}`,
  ],
  // Stream 2, offset 4096, "hi\n".
  [
    'data',
    encodeData(2, 4096, Buffer.from('hi\n')),
    '4642c301 07000000 02000000 0b000000 6c93075e cd12ebff 0010000000000000 68690a',
  ],
  // Stream 3 ends at 300.
  [
    'end',
    encodeFrame('end', 3, encodeOffset(300)),
    '4642c301 08000000 03000000 08000000 c4a38c6d 97ca38af 2c01000000000000',
  ],
  // Stream 1 may be sent up to 256 KiB.
  [
    'credit',
    encodeFrame('credit', 1, encodeOffset(262_144)),
    '4642c301 09000000 01000000 08000000 7f9db3fe 5a2c3538 0000040000000000',
  ],
  [
    'sample',
    encodeControl('sample', { a: 1 }),
    `4642c301 0a000000 00000000 07000000 afac1b56 6eed56ee ${json}`,
  ],
];

for (const [type, frame, hex] of goldenFrames) {
  test(`a frame of type "${type}" is these bytes and no others`, () => {
    assert.equal(frame.toString('hex'), hex.replaceAll(' ', ''));
  });
}

test('the golden frames cover every type', () => {
  assert.deepEqual(
    goldenFrames.map(([type]) => type),
    Object.keys(frameTypes),
  );
});

test('push() gives back each golden frame', () => {
  const decoder = new FrameDecoder();
  const frames = decoder.push(Buffer.concat(goldenFrames.map(([, bytes]) => bytes)));
  assert.deepEqual(
    frames.map((frame) => frame.type),
    goldenFrames.map(([type]) => type),
  );
  assert.deepEqual(frames[6], {
    type: 'data',
    stream: 2,
    payload: Buffer.concat([encodeOffset(4096), Buffer.from('hi\n')]),
  });
  assert.equal(decoder.skippedBytes, 0);
});

test('push() returns nothing for a split header and the frame once the rest is there', () => {
  const frame = encodeFrame('data', 9, Buffer.from('abc'));
  for (let split = 1; split < frame.length; split += 1) {
    const decoder = new FrameDecoder();
    assert.deepEqual(decoder.push(frame.subarray(0, split)), []);
    assert.equal(decoder.push(frame.subarray(split)).length, 1);
    assert.equal(decoder.skippedBytes, 0);
  }
});

test('push() gives frames that stay whole when the caller reuses its buffer', () => {
  const buffer = encodeFrame('data', 9, Buffer.from('abc'));
  const [frame] = new FrameDecoder().push(buffer);
  buffer.fill(0);
  assert.deepEqual(frame?.payload, Buffer.from('abc'));
});

test('encodeFrame() takes an empty payload and the largest, and refuses one byte more', () => {
  assert.equal(encodeFrame('request', 0, Buffer.alloc(0)).length, headerBytes);
  const largest = encodeFrame('data', 1, Buffer.alloc(maxFramePayloadBytes));
  assert.equal(new FrameDecoder().push(largest).length, 1);
  assert.throws(() => encodeFrame('data', 1, Buffer.alloc(maxFramePayloadBytes + 1)), {
    name: 'RangeError',
    message: 'Cannot encode a frame of 32769 bytes, at most 32768',
  });
});

test('encodeFrame() joins the pieces of a payload', () => {
  const pieces = [Buffer.from('ab'), Buffer.alloc(0), Buffer.from('cde')];
  assert.deepEqual(encodeFrame('data', 2, ...pieces), encodeFrame('data', 2, Buffer.concat(pieces)));
  assert.deepEqual(encodeFrame('data', 2), encodeFrame('data', 2, Buffer.alloc(0)));
});

test('encodeData() fits the largest chunk of a stream into one frame', () => {
  assert.equal(
    encodeData(1, 0, Buffer.alloc(maxStreamChunkBytes)).length,
    headerBytes + maxFramePayloadBytes,
  );
});

test('encodeFrame() carries the highest stream id', () => {
  const [frame] = new FrameDecoder().push(encodeFrame('end', 0xffffffff, encodeOffset(0)));
  assert.equal(frame?.stream, 0xffffffff);
});

test('push() skips a frame of an unknown type whole', () => {
  const unknown = withHeader(
    encodeFrame('event', 0, encodeFrame('event', 0, Buffer.from('inner'))),
    (bytes) => bytes.writeUInt8(200, 4),
  );
  const decoder = new FrameDecoder();
  const frames = decoder.push(Buffer.concat([unknown, encodeFrame('end', 5, encodeOffset(1))]));
  assert.deepEqual(
    frames.map((frame) => frame.type),
    ['end'],
  );
  assert.equal(decoder.skippedBytes, 0);
});

test('push() takes a frame with a reserved byte set for one of a newer peer', () => {
  const decoder = new FrameDecoder();
  const newer = withHeader(encodeFrame('event', 0, Buffer.from('x')), (bytes) => bytes.writeUInt8(1, 6));
  assert.deepEqual(decoder.push(newer), []);
  assert.equal(decoder.skippedBytes, 0);
});

test('decodeOffset() reads what encodeOffset() wrote', () => {
  for (const offset of [0, 1, 255, 256, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    assert.equal(decodeOffset(encodeOffset(offset)), offset);
  }
});

test('decodeOffset() refuses short payloads and offsets that a number cannot hold', () => {
  assert.equal(decodeOffset(Buffer.alloc(7)), undefined);
  assert.equal(decodeOffset(Buffer.from('0000000000002000', 'hex')), undefined); // 2^53
  assert.equal(decodeOffset(Buffer.alloc(8, 0xff)), undefined);
  assert.equal(decodeOffset(Buffer.alloc(20)), 0);
});

/** Changes header bytes and mends the header's checksum, as a peer would that means it. */
function withHeader(frame: Buffer, change: (bytes: Buffer) => void): Buffer {
  change(frame);
  frame.writeUInt32LE(crc32(frame.subarray(0, 20)), 20);
  return frame;
}

test('makeDataEncoder() encodes as encodeData() does, one frame after the other into the same buffer', () => {
  const encode = makeDataEncoder();
  const long = Buffer.alloc(maxStreamChunkBytes, 'x');
  const first = encode(2, 2 ** 40, long);
  assert.deepEqual(first, encodeData(2, 2 ** 40, long));
  const second = encode(3, 7, Buffer.from('hi'));
  assert.deepEqual(second, encodeData(3, 7, Buffer.from('hi')));
  assert.equal(second.buffer, first.buffer);
  assert.deepEqual(encode(4, 9, Buffer.alloc(0)), encodeData(4, 9, Buffer.alloc(0)));
});

test('makeDataEncoder() refuses bytes over the limit', () => {
  assert.throws(() => makeDataEncoder()(2, 0, Buffer.alloc(maxStreamChunkBytes + 1)), RangeError);
});
