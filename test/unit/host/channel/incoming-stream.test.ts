import assert from 'node:assert/strict';
import { once } from 'node:events';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FrameSink } from '../../../../host/channel/frame-sink.ts';
import { IncomingStream } from '../../../../host/channel/incoming-stream.ts';
import { decodeOffset, FrameDecoder } from '../../../../protocol/frame.ts';
import { maxStreamChunkBytes, streamWindowBytes } from '../../../../protocol/limits.ts';

let credits: number[] = [];
let gaps: [number, number][] = [];
let settled: number[] = [];

function open(baseOffset = 0): IncomingStream {
  const decoder = new FrameDecoder();
  const sink: FrameSink = {
    isOpen: true,
    writable: true,
    sentRequests: 0,
    send: (frame) => {
      for (const { payload } of decoder.push(frame)) credits.push(decodeOffset(payload) ?? Number.NaN);
    },
  };
  const handlers = {
    gap: (offset: number, missingBytes: number) => gaps.push([offset, missingBytes]),
    settled: ({ takenOffset }: IncomingStream) => settled.push(takenOffset),
  };
  const stream = new IncomingStream(16, sink, handlers, baseOffset);
  stream.reopen();
  return stream;
}

/** Uses the whole window from an offset on. */
function fill(stream: IncomingStream, from: number): void {
  const end = from + streamWindowBytes;
  for (let offset = from; offset < end; offset += maxStreamChunkBytes) {
    stream.accept(offset, Buffer.alloc(Math.min(maxStreamChunkBytes, end - offset)));
  }
}

beforeEach(() => {
  credits = [];
  gaps = [];
  settled = [];
});

describe('a byte counts as taken', () => {
  it('only when the data listeners have returned', () => {
    const stream = open();
    const seen: number[] = [];
    stream.on('data', () => {
      // Anything that looks at the stream meanwhile must not count what is in the listener's hands.
      stream.read(0);
      seen.push(stream.takenOffset);
    });
    stream.accept(0, Buffer.from('abc'));
    return nextTurn().then(() => {
      assert.equal(stream.takenOffset, 3);
      stream.accept(3, Buffer.from('de'));
      assert.deepEqual(seen, [0, 3]);
      assert.equal(stream.takenOffset, 5);
    });
  });

  it('never when the listener throws', async () => {
    const stream = open();
    stream.resume();
    await nextTurn();
    stream.on('data', () => {
      throw new Error('the disk is full');
    });
    assert.throws(() => stream.accept(0, Buffer.alloc(maxStreamChunkBytes)), /the disk is full/);
    assert.equal(stream.takenOffset, 0);
    assert.deepEqual(credits, [streamWindowBytes]);
  });

  it('when read() has returned it, and not while it waits', () => {
    const stream = open();
    stream.accept(0, Buffer.from('abcdef'));
    stream.read(0);
    assert.equal(stream.takenOffset, 0);
    assert.equal(String(stream.read(2)), 'ab');
    assert.equal(stream.takenOffset, 2);
    assert.equal(String(stream.read()), 'cdef');
    assert.equal(stream.takenOffset, 6);
  });

  it('chunk by chunk when a paused stream flows again', async () => {
    const stream = open();
    const seen: number[] = [];
    stream.accept(0, Buffer.from('ab'));
    stream.accept(2, Buffer.from('cd'));
    stream.on('data', (bytes: Buffer) => {
      seen.push(stream.takenOffset);
      stream.accept(4, Buffer.from('ef'));
      if (bytes.toString() === 'cd') stream.pause();
    });
    await nextTurn();
    assert.deepEqual(seen, [0, 2]);
    assert.equal(stream.takenOffset, 4);
    assert.equal(stream.readableLength, 2);
  });

  it('as it goes into a pipe that pauses', async () => {
    const stream = open();
    fill(stream, 0);
    let takenBytes = 0;
    for await (const bytes of stream) {
      assert.equal(stream.takenOffset, takenBytes + (bytes as Buffer).length);
      takenBytes += (bytes as Buffer).length;
      if (takenBytes === streamWindowBytes) break;
    }
  });

  it('all of it once the consumer has given up', () => {
    const stream = open();
    stream.accept(0, Buffer.from('abc'));
    stream.destroy();
    assert.equal(stream.takenOffset, 3);
    stream.accept(3, Buffer.from('def'));
    assert.equal(stream.takenOffset, 6);
  });
});

describe('credit', () => {
  it('is one window beyond what was taken, from half a window on', () => {
    const stream = open();
    fill(stream, 0);
    stream.read(streamWindowBytes / 2 - 1);
    assert.deepEqual(credits, [streamWindowBytes]);
    stream.read(1);
    assert.deepEqual(credits, [streamWindowBytes, 1.5 * streamWindowBytes]);
  });

  it('of a new session speaks of taken bytes, not of waiting ones', () => {
    const stream = open();
    stream.accept(0, Buffer.from('abcdef'));
    stream.read(4);
    stream.reopen();
    assert.equal(credits.at(-1), streamWindowBytes + 4);
    // What waits is sent again, and dropped.
    stream.accept(4, Buffer.from('efgh'));
    assert.equal(String(stream.read(4)), 'efgh');
  });

  it('exceeded is an error and changes nothing', () => {
    const stream = open();
    const error = stream.accept(streamWindowBytes, Buffer.from('x'));
    assert.match(String(error?.message), /^Cannot take stream 16: the guest sent more than it was allowed/);
    assert.equal(stream.readableLength, 0);
  });
});

describe('a stream of an earlier process', () => {
  it('goes on where that had got to, and cuts what it had taken', () => {
    const stream = open(1000);
    assert.deepEqual([stream.takenOffset, credits], [1000, [1000 + streamWindowBytes]]);
    stream.accept(900, Buffer.alloc(50));
    stream.accept(998, Buffer.from('xxnew'));
    assert.equal(String(stream.read()), 'new');
    assert.deepEqual([stream.takenOffset, gaps], [1003, []]);
  });

  it('tells what was lost meanwhile', () => {
    const stream = open(1000);
    stream.accept(1200, Buffer.from('new'));
    assert.deepEqual(gaps, [[1000, 200]]);
    stream.read();
    assert.equal(stream.takenOffset, 1203);
  });
});

describe('a gap', () => {
  it('is told before the bytes behind it, and counts when those before it were taken', async () => {
    const stream = open();
    stream.accept(0, Buffer.from('abc'));
    stream.accept(10, Buffer.from('xyz'));
    assert.deepEqual(gaps, [[3, 7]]);
    assert.equal(String(stream.read(2)), 'ab');
    assert.equal(stream.takenOffset, 2);
    assert.equal(String(stream.read(1)), 'c');
    assert.equal(stream.takenOffset, 10);
    stream.on('data', () => assert.equal(gaps.length, 2));
    stream.accept(20, Buffer.from('later'));
    await nextTurn();
    assert.deepEqual([stream.takenOffset, gaps[1]], [25, [13, 7]]);
  });

  it('without bytes behind it moves the credit on', () => {
    const stream = open();
    stream.accept(streamWindowBytes + 500, Buffer.alloc(0));
    assert.deepEqual(gaps, [[0, streamWindowBytes + 500]]);
    assert.equal(credits.at(-1), 2 * streamWindowBytes + 500);
  });
});

describe('the end', () => {
  it('settles the stream when the consumer has seen it, with a credit that confirms all', async () => {
    const stream = open();
    stream.accept(0, Buffer.from('abc'));
    stream.finish(3);
    stream.finish(3);
    await nextTurn();
    assert.deepEqual([settled, credits], [[], [streamWindowBytes]]);
    stream.resume();
    await once(stream, 'close');
    assert.deepEqual(settled, [3]);
    assert.deepEqual(credits, [streamWindowBytes, streamWindowBytes + 3]);
    assert.equal(stream.isSettled, true);
  });

  it('settles a stream at once whose consumer has given up', () => {
    const stream = open();
    stream.destroy();
    stream.accept(0, Buffer.from('abc'));
    stream.finish(3);
    assert.deepEqual([settled, credits.at(-1)], [[3], streamWindowBytes + 3]);
  });

  it('beyond the last byte is a gap that counts as taken', async () => {
    const stream = open();
    stream.accept(0, Buffer.from('abc'));
    stream.finish(10);
    assert.deepEqual(gaps, [[3, 7]]);
    stream.resume();
    await once(stream, 'close');
    assert.deepEqual(settled, [10]);
  });

  it('of the conversation claims nothing that was not taken', async () => {
    const stream = open();
    stream.accept(0, Buffer.from('abc'));
    stream.abandon();
    assert.equal((await stream.toArray()).join(''), 'abc');
    assert.deepEqual([stream.takenOffset, settled, credits.length], [3, [], 1]);
  });
});

it('an encoding is refused, because it would change what is counted', () => {
  assert.throws(() => open().setEncoding(), { code: 'usage' });
});
