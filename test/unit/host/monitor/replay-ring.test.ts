import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ReplayRing } from '../../../../host/monitor/replay-ring.ts';

const contents = (ring: ReplayRing): Buffer => Buffer.concat(ring.contents().map(({ bytes }) => bytes));

describe('ReplayRing', () => {
  it('holds the last bytes, however they came', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 12 }), (chunks) => {
        const ring = new ReplayRing(10_000);
        chunks.forEach((chunk, index) => ring.push(index, Buffer.from(chunk)));
        assert.ok(contents(ring).equals(Buffer.concat(chunks).subarray(-10_000)));
      }),
      { numRuns: 50 },
    );
  });

  it('needs few blocks for many small chunks', () => {
    const ring = new ReplayRing(10_000);
    for (let index = 0; index < 50_000; index += 1) ring.push(index, Buffer.from([index & 0xff]));
    assert.equal(contents(ring).length, 10_000);
    assert.ok(ring.contents().length <= 4);
  });

  it('keeps the place of its blocks among those of other streams', () => {
    const ring = new ReplayRing(100_000);
    ring.push(1, Buffer.alloc(4096));
    ring.push(7, Buffer.alloc(10));
    assert.deepEqual(
      ring.contents().map(({ order }) => order),
      [1, 7],
    );
  });
});
