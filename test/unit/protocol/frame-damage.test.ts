import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import {
  encodeFrame,
  type Frame,
  FrameDecoder,
  type FrameTypeName,
  frameTypes,
  headerBytes,
} from '../../../protocol/frame.ts';
import { maxFramePayloadBytes } from '../../../protocol/limits.ts';

const typeNames = Object.keys(frameTypes) as FrameTypeName[];

const anyFrame: fc.Arbitrary<Frame> = fc
  .record({
    type: fc.constantFrom(...typeNames),
    stream: fc.nat(0xffffffff),
    payload: fc.uint8Array({ maxLength: 60 }),
  })
  .map((frame) => ({ ...frame, payload: Buffer.from(frame.payload) }));

const encode = (frame: Frame): Buffer => encodeFrame(frame.type, frame.stream, frame.payload);

/** Bytes among which no magic can begin, so that all of them are skipped. */
const garbage = fc
  .uint8Array({ maxLength: 80 })
  .map((bytes) => Buffer.from(bytes.map((byte) => byte & 0x3f)));

/** Feeds the bytes in pieces that end at `cuts`. */
function decodeInPieces(bytes: Buffer, cuts: readonly number[]): { frames: Frame[]; decoder: FrameDecoder } {
  const decoder = new FrameDecoder();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let start = 0;
  const frames = ends.flatMap((end) => {
    const piece = bytes.subarray(start, end);
    start = end;
    return decoder.push(piece);
  });
  return { frames, decoder };
}

test('push() gives the same frames however the byte stream is split', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.array(fc.nat(1000)), (frames, cuts) => {
      const result = decodeInPieces(Buffer.concat(frames.map(encode)), cuts);
      assert.deepEqual(result.frames, frames);
      assert.equal(result.decoder.skippedBytes, 0);
    }),
  );
});

test('push() finds every frame between pieces of garbage and counts the garbage', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(garbage, anyFrame), { maxLength: 5 }),
      fc.array(fc.nat(1000)),
      (parts, cuts) => {
        const bytes = Buffer.concat(parts.flatMap(([noise, frame]) => [noise, encode(frame)]));
        const result = decodeInPieces(bytes, cuts);
        assert.deepEqual(
          result.frames,
          parts.map(([, frame]) => frame),
        );
        const noiseBytes = parts.reduce((sum, [noise]) => sum + noise.length, 0);
        assert.equal(result.decoder.skippedBytes, noiseBytes);
      },
    ),
  );
});

test('push() finds the next frame after a peer that vanished inside one', () => {
  fc.assert(
    fc.property(anyFrame, fc.nat(1000), fc.array(anyFrame, { maxLength: 3 }), (broken, cut, rest) => {
      const start = encode(broken);
      const torn = start.subarray(0, cut % start.length);
      // The torn frame may take the bytes after it for its own; the rest of a session follows and settles it.
      const bytes = Buffer.concat([torn, ...rest.map(encode), Buffer.alloc(headerBytes + 60)]);
      assert.deepEqual(new FrameDecoder().push(bytes), rest);
    }),
  );
});

test('no single flipped bit ever yields a wrong frame', () => {
  const frames: Frame[] = [
    { type: 'event', stream: 0, payload: Buffer.from('{"event":"exit","code":0}') },
    { type: 'data', stream: 2, payload: Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 0x46, 0x42, 0xc3, 0x01]) },
    { type: 'credit', stream: 1, payload: Buffer.alloc(8) },
    { type: 'request', stream: 0, payload: Buffer.alloc(0) },
  ];
  const next = { type: 'end', stream: 7, payload: Buffer.alloc(8, 1) } satisfies Frame;
  for (const frame of frames) {
    const bytes = encode(frame);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.deepEqual(new FrameDecoder().push(Buffer.concat([damaged, encode(next)])), [next], `bit ${bit}`);
    }
  }
});

test('push() drops a frame whose payload does not match its checksum', () => {
  const bytes = encodeFrame('data', 2, Buffer.from('abcdef'));
  bytes.write('X', headerBytes);
  const decoder = new FrameDecoder();
  assert.deepEqual(decoder.push(bytes), []);
  assert.equal(decoder.skippedBytes, bytes.length);
});

test('push() does not wait for bytes that a damaged length promises', () => {
  const decoder = new FrameDecoder();
  const bytes = encodeFrame('data', 2, Buffer.from('abcdef'));
  bytes.writeUInt32LE(30_000, 12);
  const good = encodeFrame('end', 2, Buffer.alloc(8));
  assert.equal(decoder.push(Buffer.concat([bytes, good])).length, 1);
});

test('push() refuses a length over the limit although its header is sound', () => {
  const decoder = new FrameDecoder();
  const bytes = encodeFrame('data', 2, Buffer.from('abcdef'));
  bytes.writeUInt32LE(maxFramePayloadBytes + 1, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20);
  const good = encodeFrame('end', 2, Buffer.alloc(8));
  assert.equal(decoder.push(Buffer.concat([bytes, good])).length, 1);
  assert.equal(decoder.skippedBytes, bytes.length);
});

test('push() never throws and yields nothing on random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), fc.array(fc.nat(4096)), (noise, cuts) => {
      assert.deepEqual(decodeInPieces(Buffer.from(noise), cuts).frames, []);
    }),
  );
});

test('push() gets through a long run of false magic in reasonable time', () => {
  const magic = Buffer.from([0x46, 0x42, 0xc3, 0x01]);
  const decoder = new FrameDecoder();
  const noise = Buffer.alloc(256 * 1024, magic);
  const frame = encodeFrame('end', 2, Buffer.alloc(8));
  assert.equal(decoder.push(Buffer.concat([noise, frame])).length, 1);
  assert.equal(decoder.skippedBytes, noise.length);
});
