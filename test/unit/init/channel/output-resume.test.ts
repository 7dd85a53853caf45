import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { OutputPump } from '../../../../init/channel/output-pump.ts';
import { maxExecSessions, streamWindowBytes } from '../../../../protocol/limits.ts';
import { firstDynamicStream } from '../../../../protocol/names.ts';
import type { StreamFrame } from '../../../support/fake-host.ts';
import { type GuestChannel, openGuestChannel } from '../../../support/guest-channel.ts';

const stdout = 2;

interface Output {
  pump: OutputPump;
  readFd: number;
  writeFd: number;
  write: (text: string | Uint8Array) => void;
}

function openOutput({ native, channel }: GuestChannel, id: number): Output {
  const { readFd, writeFd } = native.makePipe();
  native.setPipeSize(readFd, Number.MAX_SAFE_INTEGER);
  const pump = new OutputPump(native, channel, readFd, id);
  pump.start();
  const write = (text: string | Uint8Array): void => {
    native.writeSome(writeFd, typeof text === 'string' ? Buffer.from(text) : text);
    native.settle();
  };
  return { pump, readFd, writeFd, write };
}

/** A host that has read `abc` on stdout and has taken nothing of it yet. */
function openRead(context: TestContext): GuestChannel & Output {
  const guest = openGuestChannel(context);
  guest.host.hello('a');
  const output = openOutput(guest, stdout);
  guest.host.credit(stdout, streamWindowBytes);
  output.write('abc');
  guest.host.forget();
  return { ...guest, ...output };
}

const text = (frames: StreamFrame[]): string => Buffer.concat(frames.map((one) => one.bytes)).toString();
const outline = (frames: StreamFrame[]): unknown[] =>
  frames.map(({ type, stream, offset }) => [type, stream, offset]);

test('a new session goes on where its host has got to', (context) => {
  const { host, write } = openRead(context);
  host.hello('b', { streams: { [stdout]: 1 } });
  write('def');
  assert.deepEqual(host.takeStreamFrames(), [], 'not without credit of its own');
  host.credit(stdout, 1 + streamWindowBytes);
  const frames = host.takeStreamFrames();
  assert.equal(frames[0]?.offset, 1);
  assert.equal(text(frames), 'bcdef');
});

test('a host that knows nothing gets all that is kept', (context) => {
  const { host, write } = openRead(context);
  host.hello('b');
  write('def');
  host.credit(stdout, streamWindowBytes);
  assert.equal(text(host.takeStreamFrames()), 'abcdef');
});

test('a host that has seen more than there was gets what comes next', (context) => {
  const { host, write } = openRead(context);
  host.hello('b', { streams: { [stdout]: 1_000_000 } });
  write('def');
  host.credit(stdout, 1_000_000 + streamWindowBytes);
  assert.deepEqual(outline(host.takeStreamFrames()), [['data', stdout, 3]]);
});

test('what is sent again waits for credit like everything else', (context) => {
  const { host } = openRead(context);
  host.hello('b', { streams: { [stdout]: 0 } });
  host.credit(stdout, 2);
  assert.equal(text(host.takeStreamFrames()), 'ab');
  host.credit(stdout, 100);
  assert.equal(text(host.takeStreamFrames()), 'c');
});

test('a host without a past learns where the stream stands, however far that is', (context) => {
  const { host, write } = openRead(context);
  host.credit(stdout, 1_000_000 + streamWindowBytes);
  write(Buffer.alloc(1_000_000, 'x'));
  host.forget();
  host.hello('b');
  host.credit(stdout, streamWindowBytes);
  const start = 1_000_003 - streamWindowBytes;
  assert.deepEqual(outline(host.takeStreamFrames()), [['data', stdout, start]]);
  host.credit(stdout, start + streamWindowBytes);
  assert.equal(text(host.takeStreamFrames()).length, streamWindowBytes);
});

test('a stream that ended before a session gives it the rest and its end', (context) => {
  const { host, native, writeFd } = openRead(context);
  native.closeFd(writeFd);
  host.settle();
  host.forget();
  host.hello('b', { streams: { [stdout]: 1 } });
  host.credit(stdout, 1 + streamWindowBytes);
  const frames = host.takeStreamFrames();
  assert.deepEqual(outline(frames), [
    ['data', stdout, 1],
    ['end', stdout, 3],
  ]);
  assert.equal(text(frames), 'bc');
});

test('the end alone is repeated for a host that has taken everything before it', (context) => {
  const { host, native, writeFd } = openRead(context);
  native.closeFd(writeFd);
  host.settle();
  host.forget();
  host.hello('b', { streams: { [stdout]: 3 } });
  assert.deepEqual(outline(host.takeStreamFrames()), [['end', stdout, 3]]);
});

test('an end that the host has taken in full is all that stays of stdout', async (context) => {
  const { host, native, channel, writeFd } = openRead(context);
  native.closeFd(writeFd);
  host.settle();
  host.credit(stdout, 3 + streamWindowBytes);
  await channel.allAcknowledged();
  host.forget();
  host.hello('b');
  host.credit(stdout, streamWindowBytes);
  assert.deepEqual(outline(host.takeStreamFrames()), [['end', stdout, 3]]);
});

test('allAcknowledged() waits for the output that has ended', async (context) => {
  const { host, native, channel, writeFd } = openRead(context);
  native.closeFd(writeFd);
  host.settle();
  let settled = false;
  const all = channel.allAcknowledged().then(() => (settled = true));
  await Promise.resolve();
  host.credit(stdout, 2 + streamWindowBytes);
  assert.equal(settled, false);
  host.credit(stdout, 3 + streamWindowBytes);
  await all;
});

test('a host that still names a stream of which nothing is left gets its end', (context) => {
  const guest = openGuestChannel(context);
  const { host, native, channel } = guest;
  host.hello('a');
  const id = channel.allocateStream();
  const output = openOutput(guest, id);
  host.credit(id, streamWindowBytes);
  output.write('abc');
  native.closeFd(output.writeFd);
  host.settle();
  host.credit(id, 3 + streamWindowBytes);
  host.forget();
  host.hello('b', { streams: { [id]: 3, [id + 1]: 7, 4294967295: 1 } });
  assert.deepEqual(outline(host.takeStreamFrames()), [['end', id, 3]]);
});

test('a thousand short outputs leave nothing behind', async (context) => {
  const guest = openGuestChannel(context);
  const { host, native, channel } = guest;
  host.hello('a');
  for (let count = 0; count < 1000; count += 1) {
    const id = channel.allocateStream();
    const output = openOutput(guest, id);
    host.credit(id, streamWindowBytes);
    output.write('ab');
    native.closeFd(output.writeFd);
    host.settle();
    host.credit(id, 2 + streamWindowBytes);
    assert.equal(native.isOpen(output.readFd), false);
  }
  await channel.allAcknowledged();
  host.forget();
  host.hello('b');
  host.credit(firstDynamicStream, streamWindowBytes);
  assert.deepEqual(host.takeStreamFrames(), []);
});

test('a process is not held up by a host that does not know of it', (context) => {
  const guest = openGuestChannel(context);
  const { host, native, channel } = guest;
  host.hello('a');
  const id = channel.allocateStream();
  const output = openOutput(guest, id);
  native.setPipeSize(output.readFd, 1024);
  host.hello('b');
  for (let round = 0; round < 300; round += 1) output.write(Buffer.alloc(1024, 'x'));
  output.write('last');
  assert.deepEqual(host.takeStreamFrames(), []);
  host.credit(id, streamWindowBytes);
  const endOffset = 300 * 1024 + 4;
  assert.deepEqual(outline(host.takeStreamFrames()), [['data', id, endOffset - streamWindowBytes]]);
  host.credit(id, endOffset);
  assert.equal(text(host.takeStreamFrames()).slice(-5), 'xlast');
});

test('nothing is kept of an ended stream that the host of a session does not name', async (context) => {
  const guest = openGuestChannel(context);
  const { host, native, channel } = guest;
  host.hello('a');
  const id = channel.allocateStream();
  const output = openOutput(guest, id);
  host.credit(id, streamWindowBytes);
  output.write('abc');
  native.closeFd(output.writeFd);
  host.settle();
  host.forget();
  host.hello('b');
  assert.deepEqual(host.takeStreamFrames(), []);
  await channel.allAcknowledged();
});

test('a host that never takes the ends of streams makes the guest keep only so many', (context) => {
  const guest = openGuestChannel(context);
  const { host, native, channel } = guest;
  host.hello('a');
  const count = 2 * maxExecSessions + 3;
  const streams: Record<string, number> = {};
  for (let index = 0; index < count; index += 1) {
    const id = channel.allocateStream();
    streams[id] = 1;
    const output = openOutput(guest, id);
    host.credit(id, streamWindowBytes);
    output.write('ab');
    native.closeFd(output.writeFd);
    host.settle();
  }
  host.forget();
  host.hello('b', { streams });
  const ends = host.takeStreamFrames().map((frame) => frame.stream);
  assert.deepEqual(
    ends,
    [0, 1, 2].map((index) => firstDynamicStream + index),
    'the oldest are over',
  );
});
