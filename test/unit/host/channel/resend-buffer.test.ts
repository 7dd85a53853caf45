import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ResendBuffer } from '../../../../host/channel/resend-buffer.ts';

/** All that is kept from an offset on, piece by piece. */
function readAll(buffer: ResendBuffer, from: number): string {
  let text = '';
  for (let offset = from; offset < buffer.endOffset; ) {
    const piece = buffer.read(offset, Number.MAX_SAFE_INTEGER);
    text += piece.toString('latin1');
    offset += piece.length;
  }
  return text;
}

describe('ResendBuffer', () => {
  it('gives back what was appended, from any offset', () => {
    const buffer = new ResendBuffer();
    buffer.append(Buffer.from('abc'));
    buffer.append(Buffer.from('def'));
    assert.equal(buffer.read(2, 3).toString(), 'cde');
    assert.equal(buffer.read(6, 3).length, 0);
  });

  it('forgets what was confirmed', () => {
    const buffer = new ResendBuffer();
    buffer.append(Buffer.from('abcdef'));
    buffer.forgetBelow(4);
    buffer.forgetBelow(1);
    assert.deepEqual([buffer.startOffset, buffer.endOffset], [4, 6]);
    assert.equal(readAll(buffer, 4), 'ef');
  });

  it('goes on at an offset that it has never had', () => {
    const buffer = new ResendBuffer();
    buffer.forgetBelow(1000);
    buffer.append(Buffer.from('x'));
    assert.deepEqual([buffer.startOffset, buffer.endOffset], [1000, 1001]);
    assert.equal(readAll(buffer, 1000), 'x');
  });

  it('equals the end of the stream whatever is appended and forgotten', () => {
    const step = fc.oneof(fc.record({ append: fc.nat(9000) }), fc.record({ forget: fc.nat(12_000) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const buffer = new ResendBuffer();
        let stream = '';
        let start = 0;
        for (const change of steps) {
          if ('append' in change) {
            const bytes = Buffer.alloc(change.append, String.fromCharCode(97 + (stream.length % 26)));
            buffer.append(bytes);
            stream += bytes.toString('latin1');
          } else {
            start = Math.min(start + change.forget, stream.length);
            buffer.forgetBelow(start);
          }
          assert.equal(readAll(buffer, start), stream.slice(start));
        }
      }),
      { numRuns: 50 },
    );
  });
});
