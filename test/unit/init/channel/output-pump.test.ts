import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fdEvents } from '../../../../addon/native.ts';
import { OutputPump } from '../../../../init/channel/output-pump.ts';
import { maxQueuedFrameBytes, maxStreamChunkBytes, streamWindowBytes } from '../../../../protocol/limits.ts';
import { type GuestChannel, openGuestChannel, settlePromises } from '../../../support/guest-channel.ts';

const stream = 2;

interface OpenPump extends GuestChannel {
  pump: OutputPump;
  readFd: number;
  writeFd: number;
  /** What the workload writes; gives how much the pipe took. */
  write: (text: string | Uint8Array) => number;
  state: () => 'open' | 'ended';
}

function openPump(context: TestContext): OpenPump {
  const guest = openGuestChannel(context);
  const { readFd, writeFd } = guest.native.makePipe();
  guest.native.setPipeSize(readFd, Number.MAX_SAFE_INTEGER);
  const pump = new OutputPump(guest.native, guest.channel, readFd, stream);
  let state: 'open' | 'ended' = 'open';
  void pump.ended.then(() => (state = 'ended'));
  const write = (text: string | Uint8Array): number =>
    guest.native.writeSome(writeFd, typeof text === 'string' ? Buffer.from(text) : text);
  return { ...guest, pump, readFd, writeFd, write, state: () => state };
}

/** A pump whose host is there, has granted `credit` and has seen nothing yet. */
function startedPump(context: TestContext, credit: number): OpenPump {
  const guest = openPump(context);
  guest.pump.start();
  guest.host.hello('a');
  if (credit > 0) guest.host.credit(stream, credit);
  guest.host.forget();
  return guest;
}

const text = (frames: { bytes: Buffer }[]): string =>
  Buffer.concat(frames.map((one) => one.bytes)).toString();

test('output goes to the host with its offset in the stream', (context) => {
  const { host, write } = startedPump(context, 100);
  write('abc');
  host.settle();
  write('de');
  host.settle();
  assert.deepEqual(host.takeStreamFrames(), [
    { type: 'data', stream, offset: 0, bytes: Buffer.from('abc') },
    { type: 'data', stream, offset: 3, bytes: Buffer.from('de') },
  ]);
});

test('nothing is read before the pump has started, and then what has waited comes', (context) => {
  const { host, write, pump } = openPump(context);
  write('early');
  host.hello('a');
  host.credit(stream, 100);
  assert.deepEqual(host.takeStreamFrames(), []);
  pump.start();
  host.settle();
  assert.equal(text(host.takeStreamFrames()), 'early');
});

test('nothing is sent before the host has granted credit', (context) => {
  const { host, write } = startedPump(context, 0);
  write('abc');
  host.settle();
  assert.deepEqual(host.takeStreamFrames(), []);
  host.credit(stream, 2);
  assert.equal(text(host.takeStreamFrames()), 'ab');
  host.credit(stream, 10);
  assert.equal(text(host.takeStreamFrames()), 'c');
});

test('a host that grants no more stops the writer at its full pipe', (context) => {
  const { host, native, write, readFd } = startedPump(context, 10);
  native.setPipeSize(readFd, 64);
  assert.equal(write('x'.repeat(100)), 64);
  host.settle();
  assert.equal(text(host.takeStreamFrames()).length, 10);
  assert.equal(native.watchedEvents(readFd) & fdEvents.readable, 0);
  assert.equal(write('y'.repeat(100)), 10);
  assert.equal(write('z'), -1);
  host.settle();
  assert.deepEqual(host.takeStreamFrames(), []);
});

test('one frame carries no more than a chunk', (context) => {
  const { host, write } = startedPump(context, streamWindowBytes);
  write(Buffer.alloc(maxStreamChunkBytes + 1));
  host.settle();
  assert.deepEqual(
    host.takeStreamFrames().map((frame) => frame.bytes.length),
    [maxStreamChunkBytes, 1],
  );
});

test('a loud stream takes eight chunks per turn', (context) => {
  const { native, write, host } = startedPump(context, 100 * maxStreamChunkBytes);
  write(Buffer.alloc(20 * maxStreamChunkBytes));
  native.turn();
  assert.equal(host.takeStreamFrames().length, 8);
  host.settle();
  assert.equal(host.takeStreamFrames().length, 12);
});

test('a congested channel pauses the pump until the port takes frames again', (context) => {
  const { host, port, native, write, channel, readFd } = startedPump(context, Number.MAX_SAFE_INTEGER);
  port.toHost.capacityBytes = 0;
  write(Buffer.alloc(4 * maxQueuedFrameBytes));
  native.settle();
  assert.equal(channel.congested, true);
  assert.equal(native.watchedEvents(readFd) & fdEvents.readable, 0);
  port.toHost.capacityBytes = Number.MAX_SAFE_INTEGER;
  host.settle();
  const frames = host.takeStreamFrames();
  assert.equal(text(frames).length, 4 * maxQueuedFrameBytes);
  let sent = 0;
  for (const { offset, bytes } of frames) {
    assert.equal(offset, sent);
    sent += bytes.length;
  }
});

test('an empty stream ends without credit', async (context) => {
  const { host, native, writeFd, state } = startedPump(context, 0);
  host.settle();
  native.closeFd(writeFd);
  host.settle();
  assert.deepEqual(
    host.takeStreamFrames().map(({ type, offset }) => [type, offset]),
    [['end', 0]],
  );
  await settlePromises();
  assert.equal(state(), 'ended');
});

test('a stream whose last byte was the last of the credit ends without more', async (context) => {
  const { host, native, write, writeFd, state } = startedPump(context, 4);
  write('last');
  host.settle();
  native.closeFd(writeFd);
  host.settle();
  assert.deepEqual(
    host.takeStreamFrames().map(({ type, offset }) => [type, offset]),
    [
      ['data', 0],
      ['end', 4],
    ],
  );
  await settlePromises();
  assert.equal(state(), 'ended');
});

test('a writer that has gone and left something waits for credit, and nothing of it is lost', async (context) => {
  const { host, native, write, writeFd, readFd, state } = startedPump(context, 2);
  write('abcdef');
  native.closeFd(writeFd);
  host.settle();
  assert.equal(text(host.takeStreamFrames()), 'ab');
  assert.equal(native.watchedEvents(readFd), 0, 'it is known that the end is yet to come');
  await settlePromises();
  assert.equal(state(), 'open');
  host.credit(stream, 3);
  host.credit(stream, 4);
  assert.equal(text(host.takeStreamFrames()), 'cd');
  host.credit(stream, 100);
  const frames = host.takeStreamFrames();
  assert.deepEqual([text(frames), frames.at(-1)?.type, frames.at(-1)?.offset], ['ef', 'end', 6]);
  await settlePromises();
  assert.equal(state(), 'ended');
});

test('what was set aside is sent in the next session', (context) => {
  const { host, native, write, writeFd } = startedPump(context, 2);
  write('abcdef');
  native.closeFd(writeFd);
  host.settle();
  host.hello('b', { streams: { [stream]: 1 } });
  host.forget();
  host.credit(stream, 100);
  const frames = host.takeStreamFrames();
  assert.deepEqual([text(frames), frames[0]?.offset, frames.at(-1)?.type], ['bcdef', 1, 'end']);
});

test('the end of the stream follows its last bytes and closes the pipe', async (context) => {
  const { host, native, write, writeFd, readFd, state } = startedPump(context, 100);
  write('last');
  native.closeFd(writeFd);
  host.settle();
  assert.deepEqual(
    host.takeStreamFrames().map(({ type, offset }) => [type, offset]),
    [
      ['data', 0],
      ['end', 4],
    ],
  );
  assert.equal(native.isOpen(readFd), false);
  await settlePromises();
  assert.equal(state(), 'ended');
});

test('finishWhenIdle() ends a stream that a grandchild holds, after the time without output', async (context) => {
  const { host, native, pump, readFd, state } = startedPump(context, 100);
  pump.finishWhenIdle(500);
  context.mock.timers.tick(499);
  assert.equal(native.isOpen(readFd), true);
  context.mock.timers.tick(1);
  host.settle();
  assert.deepEqual(
    host.takeStreamFrames().map((frame) => frame.type),
    ['end'],
  );
  await settlePromises();
  assert.equal(state(), 'ended');
  assert.equal(native.isOpen(readFd), false);
});

test('finishWhenIdle() is not held up by a grandchild that goes on writing', (context) => {
  const { host, pump, write, native, readFd } = startedPump(context, 100);
  write('from the process ');
  pump.finishWhenIdle(500);
  for (let round = 0; round < 4; round += 1) {
    write('more ');
    host.settle();
    context.mock.timers.tick(100);
  }
  assert.equal(native.isOpen(readFd), true);
  context.mock.timers.tick(100);
  assert.equal(native.isOpen(readFd), false);
  assert.equal(text(host.takeStreamFrames()), 'from the process more more more more ');
});

test('finishWhenIdle() ends the stream of a grandchild that never leaves the pipe empty', (context) => {
  const { host, native, pump, write, readFd } = startedPump(context, Number.MAX_SAFE_INTEGER);
  pump.finishWhenIdle(500);
  context.mock.method(native, 'readSome', (_fd: number, buffer: Uint8Array) => buffer.length);
  write('x');
  for (let turn = 0; turn < 5; turn += 1) {
    native.turn();
    host.receive();
  }
  context.mock.timers.tick(500);
  assert.equal(native.isOpen(readFd), false);
});

test('finishWhenIdle() keeps what is in the pipe while the host does not read', (context) => {
  const { host, pump, write, native, readFd } = startedPump(context, 2);
  write('abcd');
  host.settle();
  pump.finishWhenIdle(500);
  for (let round = 0; round < 20; round += 1) context.mock.timers.tick(500);
  assert.equal(native.isOpen(readFd), true);
  host.credit(stream, 100);
  assert.equal(text(host.takeStreamFrames()), 'abcd');
  context.mock.timers.tick(500);
  assert.equal(native.isOpen(readFd), false);
});

test('finishWhenIdle() also ends a stream that was never started', (context) => {
  const { host, native, pump, write, readFd } = openPump(context);
  host.hello('a');
  host.credit(stream, 100);
  write('abc');
  pump.finishWhenIdle(500);
  context.mock.timers.tick(500);
  assert.equal(native.isOpen(readFd), false);
  assert.equal(text(host.takeStreamFrames()), 'abc');
});

test('finishWhenIdle() does not wait for credit once everything has been read and sent', (context) => {
  const { host, pump, write, native, readFd } = startedPump(context, 4);
  write('abc');
  pump.finishWhenIdle(500);
  write('d');
  host.settle();
  assert.equal(native.watchedEvents(readFd) & fdEvents.readable, 0, 'the credit is used up');
  context.mock.timers.tick(500);
  assert.equal(native.isOpen(readFd), false);
});

test('finishWhenIdle() keeps the last window for a host that has never come', async (context) => {
  const { host, native, pump, write, state } = openPump(context);
  pump.start();
  write('lost'.repeat(100_000));
  write('kept'.repeat(streamWindowBytes / 4));
  pump.finishWhenIdle(500);
  native.settle();
  context.mock.timers.tick(500);
  await settlePromises();
  assert.equal(state(), 'ended');
  host.hello('a');
  host.credit(stream, streamWindowBytes);
  host.credit(stream, 400_000 + streamWindowBytes);
  const frames = host.takeStreamFrames();
  assert.equal(text(frames), 'kept'.repeat(streamWindowBytes / 4));
  assert.deepEqual([frames[0]?.offset, frames.at(-1)?.type], [400_000, 'end']);
});

const eio = (): never => {
  throw Object.assign(new Error('EIO: read'), { code: 'EIO' });
};

test('the end of a terminal is an error of its master', async (context) => {
  const { host, native, channel } = openGuestChannel(context);
  const { readFd } = native.makePipe();
  const pump = new OutputPump(native, channel, readFd, stream, { terminal: true });
  pump.start();
  host.hello('a');
  context.mock.method(native, 'readSome', eio);
  host.forget();
  pump.onCredit(100);
  await pump.ended;
  assert.equal(native.isOpen(readFd), false);
  assert.deepEqual(
    host.takeStreamFrames().map((frame) => frame.type),
    ['end'],
  );
});

test('any other error of a read is not taken for an end', (context) => {
  const { native, pump } = startedPump(context, 0);
  context.mock.method(native, 'readSome', eio);
  assert.throws(() => pump.onCredit(100), { code: 'EIO' });
});

test('finishWhenIdle() after the end does nothing', (context) => {
  const { host, native, pump, writeFd } = startedPump(context, 100);
  native.closeFd(writeFd);
  host.settle();
  pump.finishWhenIdle(500);
  pump.finish();
  context.mock.timers.tick(1000);
  host.settle();
  assert.deepEqual(
    host.takeStreamFrames().map((frame) => frame.type),
    ['end'],
  );
});
