import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FrameSink } from '../../../../host/channel/frame-sink.ts';
import { OutgoingStream } from '../../../../host/channel/outgoing-stream.ts';
import { decodeOffset, FrameDecoder } from '../../../../protocol/frame.ts';
import { streamWindowBytes } from '../../../../protocol/limits.ts';

let sent: string[] = [];
let sink: { -readonly [Key in keyof FrameSink]: FrameSink[Key] };

beforeEach(() => {
  sent = [];
  const decoder = new FrameDecoder();
  sink = {
    isOpen: true,
    writable: true,
    sentRequests: 0,
    send: (frame) => {
      for (const { type, payload } of decoder.push(frame)) {
        const text = payload.subarray(8).toString();
        sent.push(`${type} ${decodeOffset(payload)}${text === '' ? '' : ` ${text}`}`);
      }
    },
  };
});

/** What was sent since the last call. */
const takeSent = (): string[] => sent.splice(0);

describe('an outgoing stream in a new session', () => {
  it('sends again what did not arrive', () => {
    const stream = new OutgoingStream(1, sink);
    stream.grant(100);
    stream.write('abcdef');
    assert.deepEqual(takeSent(), ['data 0 abcdef']);
    stream.reopen(2);
    assert.deepEqual(takeSent(), []);
    stream.grant(100);
    assert.deepEqual(takeSent(), ['data 2 cdef']);
  });

  it('sends again from what was confirmed when the guest does not know the stream', () => {
    const stream = new OutgoingStream(1, sink);
    stream.grant(streamWindowBytes);
    stream.write('abcdef');
    stream.grant(streamWindowBytes + 4);
    takeSent();
    stream.reopen(undefined);
    stream.grant(streamWindowBytes + 4);
    assert.deepEqual(takeSent(), ['data 4 ef']);
  });

  it('sends old bytes before a write that waits, within the new credit', async () => {
    const stream = new OutgoingStream(1, sink);
    let isDone = false;
    stream.grant(3);
    stream.write('abcdef', () => {
      isDone = true;
    });
    assert.deepEqual(takeSent(), ['data 0 abc']);
    stream.reopen(1);
    stream.grant(2);
    assert.deepEqual(takeSent(), ['data 1 b']);
    stream.grant(10);
    assert.deepEqual(takeSent(), ['data 2 c', 'data 3 def']);
    await nextTurn();
    assert.equal(isDone, true);
  });

  it('says its end again, behind what it sends again', () => {
    const stream = new OutgoingStream(1, sink);
    stream.grant(100);
    stream.end('abc');
    return nextTurn().then(() => {
      assert.deepEqual(takeSent(), ['data 0 abc', 'end 3']);
      stream.reopen(1);
      assert.deepEqual(takeSent(), []);
      stream.grant(100);
      stream.grant(101);
      assert.deepEqual(takeSent(), ['data 1 bc', 'end 3']);
      stream.reopen(3);
      assert.deepEqual(takeSent(), ['end 3']);
    });
  });

  it('ends in the session in which it can', async () => {
    const stream = new OutgoingStream(1, sink);
    sink.isOpen = false;
    stream.end();
    await nextTurn();
    assert.deepEqual(takeSent(), []);
    sink.isOpen = true;
    stream.reopen(undefined);
    assert.deepEqual(takeSent(), ['end 0']);
  });

  it('goes on behind what an earlier process had sent', () => {
    const stream = new OutgoingStream(1, sink);
    stream.write('abc');
    stream.reopen(500);
    stream.grant(600);
    assert.deepEqual(takeSent(), ['data 500 abc']);
  });

  it('does not believe a guest that has less than it confirmed', () => {
    const stream = new OutgoingStream(1, sink);
    stream.grant(streamWindowBytes);
    stream.write('abcdef');
    stream.grant(streamWindowBytes + 4);
    takeSent();
    stream.reopen(1);
    stream.grant(streamWindowBytes + 4);
    assert.deepEqual(takeSent(), ['data 4 ef']);
  });
});

describe('an outgoing stream', () => {
  it('holds back while the transport is full', () => {
    const stream = new OutgoingStream(1, sink);
    sink.writable = false;
    stream.grant(100);
    stream.write('abc');
    assert.deepEqual(takeSent(), []);
    sink.writable = true;
    stream.pump();
    assert.deepEqual(takeSent(), ['data 0 abc']);
  });

  it('keeps the order of writes that a callback makes', async () => {
    const stream = new OutgoingStream(1, sink);
    stream.write('a', () => stream.write('c'));
    stream.write('b');
    stream.grant(100);
    await nextTurn();
    assert.deepEqual(takeSent(), ['data 0 a', 'data 1 b', 'data 2 c']);
  });

  it('carries many windows without losing a byte at the edges', async () => {
    const stream = new OutgoingStream(1, sink);
    let receivedBytes = 0;
    const decoder = new FrameDecoder();
    sink.send = (frame) => {
      for (const { payload } of decoder.push(frame)) {
        assert.equal(decodeOffset(payload), receivedBytes);
        for (const byte of payload.subarray(8)) {
          if (byte !== receivedBytes % 251) assert.fail(`wrong byte at ${receivedBytes}`);
          receivedBytes += 1;
        }
      }
    };
    const bytes = Buffer.from(Uint8Array.from({ length: 5 * streamWindowBytes }, (_, index) => index % 251));
    stream.write(bytes);
    while (receivedBytes < bytes.length) stream.grant(receivedBytes + 100_003);
    await nextTurn();
    assert.equal(stream.writableLength, 0);
  });

  it('is confirmed by the answer to a request after its end', async () => {
    const stream = new OutgoingStream(16, sink);
    assert.equal(stream.isConfirmedBy(99), false);
    sink.sentRequests = 5;
    stream.end();
    await nextTurn();
    assert.equal(stream.isConfirmedBy(5), false);
    assert.equal(stream.isConfirmedBy(6), true);
    sink.sentRequests = 6;
    stream.reopen(undefined);
    assert.equal(stream.isConfirmedBy(6), false);
    assert.equal(stream.isConfirmedBy(7), true);
  });
});
