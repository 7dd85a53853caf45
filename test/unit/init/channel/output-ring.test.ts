import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { OutputRing } from '../../../../init/channel/output-ring.ts';
import { streamWindowBytes } from '../../../../protocol/limits.ts';

const ringBytes = 16 * 1024;

/** Everything that the ring keeps. */
function contents(ring: OutputRing): Buffer {
  const pieces: Buffer[] = [];
  for (let offset = ring.start; offset < ring.end; offset += pieces.at(-1)?.length ?? 0) {
    pieces.push(Buffer.from(ring.peek(offset, ring.end)));
  }
  return Buffer.concat(pieces);
}

/** Bytes of which each tells where in the stream it belongs. */
function streamBytes(offset: number, lengthBytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: lengthBytes }, (_, index) => ((offset + index) * 31) % 251));
}

test('a new ring has nothing to give', () => {
  const ring = new OutputRing();
  assert.deepEqual([ring.start, ring.end, ring.peek(0, 10).length], [0, 0, 0]);
});

test('append() keeps all that fits', () => {
  const ring = new OutputRing(ringBytes);
  ring.append(Buffer.from('abc'));
  ring.append(Buffer.from('def'));
  assert.deepEqual([ring.start, ring.end], [0, 6]);
  assert.equal(ring.peek(2, 3).toString(), 'cde');
  assert.equal(ring.peek(6, 3).length, 0);
});

test('append() keeps the newest bytes when not all fit', () => {
  const ring = new OutputRing(ringBytes);
  ring.append(streamBytes(0, ringBytes));
  ring.append(streamBytes(ringBytes, 100));
  assert.deepEqual([ring.start, ring.end], [100, ringBytes + 100]);
  assert.deepEqual(contents(ring), streamBytes(100, ringBytes));
});

test('append() takes the last part of a piece that is larger than the ring', () => {
  const ring = new OutputRing(ringBytes);
  ring.append(streamBytes(0, 5));
  ring.append(streamBytes(5, 3 * ringBytes));
  assert.equal(ring.start, 2 * ringBytes + 5);
  assert.deepEqual(contents(ring), streamBytes(ring.start, ringBytes));
});

test('append() copies, so that its caller may use the buffer again', () => {
  const ring = new OutputRing(ringBytes);
  const buffer = Buffer.from('abc');
  ring.append(buffer);
  buffer.fill('x');
  assert.equal(contents(ring).toString(), 'abc');
});

test('clear() forgets all bytes and no offset', () => {
  const ring = new OutputRing(ringBytes);
  ring.append(Buffer.from('abc'));
  ring.clear();
  assert.deepEqual([ring.start, ring.end, ring.peek(3, 10).length], [3, 3, 0]);
  ring.append(Buffer.from('de'));
  assert.equal(ring.peek(3, 10).toString(), 'de');
});

test('a ring holds the last window of a stream by default', () => {
  const ring = new OutputRing();
  ring.append(Buffer.alloc(streamWindowBytes + 1));
  assert.deepEqual([ring.start, ring.end], [1, streamWindowBytes + 1]);
});

test('a ring is the end of its stream, whatever the pieces were', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(ringBytes), { maxLength: 12 }), (lengths) => {
      const ring = new OutputRing(ringBytes);
      let endOffset = 0;
      for (const lengthBytes of lengths) {
        ring.append(streamBytes(endOffset, lengthBytes));
        endOffset += lengthBytes;
        const startOffset = Math.max(0, endOffset - ringBytes);
        assert.deepEqual([ring.start, ring.end], [startOffset, endOffset]);
        assert.ok(contents(ring).equals(streamBytes(startOffset, endOffset - startOffset)));
      }
    }),
    { numRuns: 50 },
  );
});
