import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelStream } from '../../../../init/channel/host-channel.ts';
import { OutputPump } from '../../../../init/channel/output-pump.ts';
import { RequestDesk } from '../../../../init/channel/requests.ts';
import { encodeData } from '../../../../protocol/frame.ts';
import { maxQueuedFrameBytes, streamWindowBytes } from '../../../../protocol/limits.ts';
import { fakeHandlers, openClock, openGuestChannel, settlePromises } from '../../../support/guest-channel.ts';

const exit = { event: 'exit', container: 'main', reason: 'exited', code: 3 } as const;

/** A stream that writes down what it is told. */
function recordingStream(): { stream: ChannelStream; calls: unknown[] } {
  const calls: unknown[] = [];
  const stream: ChannelStream = {
    onSession: () => void calls.push('session'),
    onData: (offset, bytes) => void calls.push(['data', offset, bytes.toString()]),
  };
  return { stream, calls };
}

test('a response whose session is over is dropped', async (context) => {
  const { host, channel } = openGuestChannel(context);
  channel.serve(new RequestDesk(fakeHandlers({ stop: () => new Promise(() => {}) })));
  host.hello('a');
  host.request({ id: 4, method: 'stop', params: {}, deadlineMs: 10 });
  host.hello('b');
  host.forget();
  context.mock.timers.tick(10);
  await settlePromises();
  assert.deepEqual(host.takeFrames(), []);
});

test('a new session begins in the middle of a frame of the old one', (context) => {
  const { host, channel } = openGuestChannel(context);
  const { stream, calls } = recordingStream();
  channel.openStream(1, stream);
  host.hello('a');
  host.send(encodeData(1, 0, Buffer.from('lost with its host')).subarray(0, 40));
  host.forget();
  // The torn frame still waits for 8 bytes; they come out of the first hello, and the host repeats it.
  host.hello('b');
  host.hello('b');
  assert.equal(host.takeMessages('welcome')[0]?.['session'], 'b'.repeat(16));
  assert.deepEqual(calls, ['session', 'session']);
});

test('a host is heard although the last one left a frame without its end', (context) => {
  const guest = openGuestChannel(context);
  const wait = openClock(context, guest);
  const { host, channel } = guest;
  const { stream, calls } = recordingStream();
  channel.openStream(1, stream);
  host.hello('a');
  host.send(encodeData(1, 0, Buffer.alloc(30_000)).subarray(0, 1000));
  host.forget();
  host.hello('b');
  wait(500);
  host.hello('b');
  assert.deepEqual(host.takeFrames(), [], 'the frame may still be on its way');
  wait(500);
  host.hello('b');
  assert.equal(host.takeMessages('welcome')[0]?.['session'], 'b'.repeat(16));
  host.data(1, 0, 'new');
  assert.deepEqual(calls, ['session', 'session', ['data', 0, 'new']]);
});

test('a frame that comes slowly comes whole', (context) => {
  const guest = openGuestChannel(context);
  const wait = openClock(context, guest);
  const { stream, calls } = recordingStream();
  guest.channel.openStream(1, stream);
  guest.host.hello('a');
  const frame = encodeData(1, 0, Buffer.from('slow'));
  for (const byte of frame) {
    guest.host.send(Buffer.of(byte));
    wait(1000);
  }
  assert.deepEqual(calls, ['session', ['data', 0, 'slow']]);
});

test('a host that leaves the port takes its broken frame with it', (context) => {
  const { host, native, port, channel } = openGuestChannel(context);
  host.hello('a');
  host.send(encodeData(1, 0, Buffer.alloc(30_000)).subarray(0, 1000));
  port.hostPresent = false;
  native.settle();
  port.hostPresent = true;
  context.mock.timers.tick(250);
  host.forget();
  host.hello('b');
  assert.equal(host.takeMessages('welcome')[0]?.['session'], 'b'.repeat(16));
  assert.equal(channel.inSession, true);
});

test('onNewSession() tells of each new session, but of no repeated hello, until it is not wanted any more', (context) => {
  const { host, channel } = openGuestChannel(context);
  const calls: string[] = [];
  const unsubscribe = channel.onNewSession(() => void calls.push('first'));
  channel.onNewSession(() => void calls.push('second'));
  host.hello('a');
  host.hello('a');
  assert.deepEqual(calls, ['first', 'second']);
  unsubscribe();
  host.hello('b');
  assert.deepEqual(calls, ['first', 'second', 'second']);
});

test('an exit follows the output that comes before it into a new session', (context) => {
  const { host, native, channel } = openGuestChannel(context);
  host.hello('a');
  const { readFd, writeFd } = native.makePipe();
  new OutputPump(native, channel, readFd, 2).start();
  host.credit(2, streamWindowBytes);
  native.writeSome(writeFd, Buffer.from('last words'));
  native.closeFd(writeFd);
  host.settle();
  channel.announce(exit);
  const types = (): string[] => host.takeFrames().map((frame) => frame.type);
  assert.deepEqual(types(), ['welcome', 'data', 'end', 'event']);
  host.hello('b', { streams: { 2: 4 } });
  assert.deepEqual(types(), ['welcome']);
  host.credit(2, 4 + streamWindowBytes);
  assert.deepEqual(types(), ['data', 'end', 'event']);
});

test('an exit that was held back comes in order in the session after that', (context) => {
  const { host, native, channel } = openGuestChannel(context);
  const { readFd, writeFd } = native.makePipe();
  new OutputPump(native, channel, readFd, 2).start();
  host.hello('a');
  host.credit(2, streamWindowBytes);
  native.writeSome(writeFd, Buffer.from('last words'));
  native.closeFd(writeFd);
  host.settle();
  channel.announce({ event: 'stopping', container: 'main', reason: 'request' });
  channel.announce(exit);
  host.hello('b', { streams: { 2: 4 } });
  host.forget();
  host.hello('c', { streams: { 2: 10 } });
  assert.deepEqual(
    host.takeMessages('event').map((event) => event.sequence),
    [1, 2],
  );
});

test('what waited for the last host is not sent on the word of the last host', (context) => {
  const { host, native, port, channel } = openGuestChannel(context);
  host.hello('a');
  host.forget();
  const { readFd, writeFd } = native.makePipe();
  native.setPipeSize(readFd, Number.MAX_SAFE_INTEGER);
  new OutputPump(native, channel, readFd, 2).start();
  host.credit(2, Number.MAX_SAFE_INTEGER);
  port.toHost.capacityBytes = 0;
  native.writeSome(writeFd, Buffer.alloc(2 * maxQueuedFrameBytes));
  native.settle();
  assert.equal(channel.congested, true);
  host.hello('b');
  port.toHost.capacityBytes = Number.MAX_SAFE_INTEGER;
  host.settle();
  assert.deepEqual(
    host.takeFrames().map((frame) => frame.type),
    ['welcome'],
  );
});
