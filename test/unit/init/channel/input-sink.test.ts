import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { InputSink } from '../../../../init/channel/input-sink.ts';
import { streamWindowBytes } from '../../../../protocol/limits.ts';
import { type GuestChannel, openGuestChannel } from '../../../support/guest-channel.ts';

const stream = 1;

interface OpenSink extends GuestChannel {
  sink: InputSink;
  readFd: number;
  writeFd: number;
  /** What the workload reads; `nothing yet` and `end` tell how its pipe stands. */
  read: (lengthBytes?: number) => string;
  /** The credits that the host got since the last call. */
  takeCredits: () => (number | undefined)[];
}

/** A sink in a session whose first credit has been taken. */
function openSink(context: TestContext): OpenSink {
  const guest = openGuestChannel(context);
  const { readFd, writeFd } = guest.native.makePipe();
  const sink = new InputSink(guest.native, guest.channel, writeFd, stream);
  const takeCredits = (): (number | undefined)[] =>
    guest.host
      .takeStreamFrames()
      .filter((frame) => frame.type === 'credit')
      .map((frame) => frame.offset);
  const read = (lengthBytes = 1024 * 1024): string => {
    const buffer = Buffer.alloc(lengthBytes);
    const length = guest.native.readSome(readFd, buffer);
    guest.host.settle();
    return length === -1 ? 'nothing yet' : length === 0 ? 'end' : buffer.toString('utf8', 0, length);
  };
  guest.host.hello('a');
  assert.deepEqual(takeCredits(), [streamWindowBytes]);
  return { ...guest, sink, readFd, writeFd, read, takeCredits };
}

test('the bytes of the host come out of the pipe', (context) => {
  const { host, read } = openSink(context);
  host.data(stream, 0, 'abc');
  host.data(stream, 3, 'def');
  assert.equal(read(), 'abcdef');
  assert.equal(read(), 'nothing yet');
});

test('what came twice is written once', (context) => {
  const { host, read } = openSink(context);
  host.data(stream, 0, 'abc');
  host.data(stream, 0, 'abc');
  host.data(stream, 2, 'cde');
  assert.equal(read(), 'abcde');
});

test('credit is granted only for what the pipe has taken', (context) => {
  const { host, native, read, writeFd, takeCredits } = openSink(context);
  native.setPipeSize(writeFd, 1000);
  for (let offset = 0; offset < streamWindowBytes; offset += 16_384) {
    host.data(stream, offset, Buffer.alloc(16_384, 'x'));
  }
  assert.deepEqual(takeCredits(), []);
  // The pipe holds 1000 bytes, so half a window is passed in steps of a thousand.
  for (let reads = 0; reads < 64; reads += 1) read(1000);
  assert.deepEqual(takeCredits(), []);
  read(1000);
  assert.deepEqual(takeCredits(), [streamWindowBytes + 66_000]);
});

test('bytes over the granted credit are dropped and earn none', (context) => {
  const { host, native, read, writeFd, takeCredits } = openSink(context);
  native.setPipeSize(writeFd, 10);
  host.data(stream, streamWindowBytes - 4, 'beyond the window');
  assert.equal(read(), 'nothing yet');
  assert.deepEqual(takeCredits(), []);
});

test('the end of the host closes the pipe after all that came before it', (context) => {
  const { host, native, read, writeFd } = openSink(context);
  native.setPipeSize(writeFd, 4);
  host.data(stream, 0, 'abcdefgh');
  host.end(stream, 8);
  assert.equal(native.isOpen(writeFd), true);
  assert.equal(read(4), 'abcd');
  assert.equal(read(4), 'efgh');
  assert.equal(read(), 'end');
  assert.equal(native.isOpen(writeFd), false);
});

test('the end of an empty stream closes the pipe at once', (context) => {
  const { host, native, read, writeFd } = openSink(context);
  host.end(stream, 0);
  assert.equal(native.isOpen(writeFd), false);
  assert.equal(read(), 'end');
});

test('data after the end is dropped', (context) => {
  const { host, native, read, writeFd } = openSink(context);
  native.setPipeSize(writeFd, 3);
  host.data(stream, 0, 'abcdef');
  host.end(stream, 6);
  host.data(stream, 6, 'ghi');
  assert.equal(read(3), 'abc');
  assert.equal(read(3), 'def');
  assert.equal(read(3), 'end');
});

test('a workload that closes its stdin makes the rest be dropped, and the host is not held up', (context) => {
  const { host, native, readFd, writeFd, takeCredits } = openSink(context);
  native.closeFd(readFd);
  host.data(stream, 0, Buffer.alloc(32_000));
  assert.equal(native.isOpen(writeFd), false);
  for (let offset = 32_000; offset + 32_000 <= streamWindowBytes; offset += 32_000) {
    host.data(stream, offset, Buffer.alloc(32_000));
  }
  assert.equal(takeCredits().length, 1);
});

test('a workload that ends while bytes wait for it gives their credit back', (context) => {
  const { host, native, readFd, writeFd, takeCredits } = openSink(context);
  native.setPipeSize(writeFd, 10);
  for (let offset = 0; offset < streamWindowBytes; offset += 16_384) {
    host.data(stream, offset, Buffer.alloc(16_384));
  }
  native.closeFd(readFd);
  host.settle();
  assert.equal(native.isOpen(writeFd), false);
  assert.deepEqual(takeCredits(), [2 * streamWindowBytes]);
});

test('close() drops what waits and can be called twice', (context) => {
  const { host, native, sink, writeFd } = openSink(context);
  native.setPipeSize(writeFd, 2);
  host.data(stream, 0, 'abcd');
  sink.close();
  sink.close();
  host.end(stream, 4);
  host.settle();
  assert.equal(native.isOpen(writeFd), false);
});

test('the welcome of a new session says what has arrived, and what comes again is written once', (context) => {
  const { host, native, read, writeFd } = openSink(context);
  native.setPipeSize(writeFd, 2);
  host.data(stream, 0, 'abcdef');
  host.hello('b');
  assert.deepEqual(host.takeMessages('welcome')[0]?.['streams'], { 1: 6 });
  host.data(stream, 3, 'defg');
  assert.equal(Array.from({ length: 4 }, () => read(2)).join(''), 'abcdefg');
});

test('close() makes the guest forget the stream', (context) => {
  const { host, sink } = openSink(context);
  host.data(stream, 0, 'abc');
  sink.close();
  host.hello('b');
  assert.deepEqual(host.takeMessages('welcome')[0]?.['streams'], {});
});

test('a new session is told where the stream stands and goes on there', (context) => {
  const { host, read, takeCredits } = openSink(context);
  host.data(stream, 0, 'abc');
  host.hello('b');
  assert.deepEqual(takeCredits(), [streamWindowBytes + 3]);
  host.data(stream, 3, 'def');
  assert.equal(read(), 'abcdef');
});

test('bytes that were lost between sessions do not shrink the window for ever', (context) => {
  const { host, read, takeCredits } = openSink(context);
  host.data(stream, 1000, 'after the gap');
  assert.equal(read(), 'after the gap');
  host.hello('b');
  assert.deepEqual(takeCredits(), [streamWindowBytes + 1013]);
});

test('bytes survive that the decoder overwrites while they wait', (context) => {
  const { host, native, read, writeFd } = openSink(context);
  native.setPipeSize(writeFd, 1);
  host.data(stream, 0, 'abc');
  host.data(stream, 3, 'xyz');
  assert.equal(Array.from({ length: 6 }, () => read(1)).join(''), 'abcxyz');
});
