import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ChannelStream } from '../../../../init/channel/host-channel.ts';
import { RequestDesk } from '../../../../init/channel/requests.ts';
import { encodeControl, encodeFrame, FrameDecoder } from '../../../../protocol/frame.ts';
import { hostSilenceMs, maxFramePayloadBytes } from '../../../../protocol/limits.ts';
import type { Metrics } from '../../../../protocol/messages.ts';
import { firstDynamicStream } from '../../../../protocol/names.ts';
import {
  fakeHandlers,
  type GuestChannel,
  openClock,
  openGuestChannel,
  settlePromises,
} from '../../../support/guest-channel.ts';

const exit = { event: 'exit', container: 'main', reason: 'exited', code: 3 } as const;
const stopping = { event: 'stopping', container: 'main', reason: 'request' } as const;

/** A stream that writes down what it is told. */
function recordingStream(): { stream: ChannelStream; calls: unknown[] } {
  const calls: unknown[] = [];
  const stream: ChannelStream = {
    onSession: () => void calls.push('session'),
    onCredit: (limit) => void calls.push(['credit', limit]),
    onData: (offset, bytes) => void calls.push(['data', offset, bytes.toString()]),
    onEnd: (offset) => void calls.push(['end', offset]),
  };
  return { stream, calls };
}

function servingGuest(context: TestContext): GuestChannel {
  const guest = openGuestChannel(context);
  guest.channel.serve(
    new RequestDesk(
      fakeHandlers({
        ping: () => 'pong',
        acknowledge: ({ params }) => guest.channel.acknowledge(params.sequence),
        stop: () => new Promise(() => {}),
        metrics: () => 'x'.repeat(maxFramePayloadBytes),
      }),
    ),
  );
  return guest;
}

test('a hello opens a session and gets a welcome', (context) => {
  const { host, channel } = openGuestChannel(context);
  assert.equal(channel.inSession, false);
  host.hello('a');
  assert.equal(channel.inSession, true);
  const [welcome] = host.takeMessages('welcome');
  assert.equal(welcome?.['session'], 'a'.repeat(16));
  assert.equal(welcome?.['bootId'], 'boot-1');
});

test('a repeated hello is answered again and repeats nothing else', (context) => {
  const { host, channel } = openGuestChannel(context);
  channel.announce(exit);
  const { stream, calls } = recordingStream();
  channel.openStream(2, stream);
  host.hello('a');
  host.forget();
  host.hello('a');
  assert.deepEqual(
    host.takeFrames().map((frame) => frame.type),
    ['welcome'],
  );
  assert.deepEqual(calls, ['session']);
});

const helloOf = (session: string): Buffer =>
  encodeControl('hello', {
    protocol: { min: 1, max: 1 },
    session: session.repeat(16),
    features: [],
    acknowledged: 0,
  });

test('of hellos in a row the last one counts, be it of another host', (context) => {
  const { host } = openGuestChannel(context);
  host.send(Buffer.concat([helloOf('a'), helloOf('a'), helloOf('b')]));
  assert.deepEqual(
    host.takeMessages('welcome').map(({ session }) => session),
    ['b'.repeat(16)],
  );
});

test('a hello that cannot be answered gets a refusal and leaves the session as it is', (context) => {
  const { host, channel, logLines } = openGuestChannel(context);
  host.hello('a', { protocol: { min: 5, max: 5 } });
  assert.equal(host.takeMessages('refuse')[0]?.['code'], 'version');
  assert.equal(channel.inSession, false);
  host.hello('a');
  host.forget();
  host.send(encodeControl('hello', { protocol: 1 }));
  assert.equal(host.takeMessages('refuse')[0]?.['code'], 'bad-hello');
  assert.equal(channel.inSession, true);
  assert.equal(logLines.filter((line) => line['level'] === 40).length, 2);
});

test('nothing is sent before a host has spoken', (context) => {
  const { host, channel } = openGuestChannel(context);
  channel.announce(stopping);
  channel.announce(exit);
  host.settle();
  assert.deepEqual(host.takeFrames(), []);
});

test('events of before the session follow the welcome in order', (context) => {
  const { host, channel } = openGuestChannel(context);
  channel.announce(stopping);
  channel.announce(exit);
  host.hello('a');
  assert.deepEqual(
    host.takeFrames().map((frame) => frame.type),
    ['welcome', 'event', 'event'],
  );
});

test('events in a session are sent at once and again to the next host until acknowledged', async (context) => {
  const { host, channel } = servingGuest(context);
  host.hello('a');
  host.forget();
  channel.announce(stopping);
  channel.announce(exit);
  assert.deepEqual(
    host.takeMessages('event').map((event) => event.sequence),
    [1, 2],
  );
  host.request({ id: 1, method: 'acknowledge', params: { sequence: 1 } });
  await settlePromises();
  host.hello('b');
  assert.deepEqual(
    host.takeMessages('event').map((event) => [event.sequence, event.event]),
    [[2, 'exit']],
  );
});

test('a hello can acknowledge what the host already knows', async (context) => {
  const { host, channel } = openGuestChannel(context);
  channel.announce(exit);
  const all = channel.allAcknowledged();
  host.hello('a', { acknowledged: 1 });
  assert.deepEqual(host.takeMessages('event'), []);
  await all;
});

test('requests of a session are answered', async (context) => {
  const { host } = servingGuest(context);
  host.hello('a');
  host.forget();
  host.request({ id: 4, method: 'ping' });
  host.send(encodeFrame('request', 0, Buffer.from('{')));
  await settlePromises();
  const [first, second] = host.takeMessages('response');
  assert.equal(first?.ok, false);
  assert.deepEqual(second, { id: 4, ok: true, result: 'pong' });
});

test('a result that no frame can carry becomes an error reply', async (context) => {
  const { host } = servingGuest(context);
  host.hello('a');
  host.forget();
  host.request({ id: 4, method: 'metrics', params: {} });
  await settlePromises();
  const [response] = host.takeMessages('response');
  assert.ok(response?.ok === false);
  assert.equal(response.error.code, 'failed');
  assert.equal(response.error.message, 'Cannot send a result of 32798 bytes, at most 32768');
});

test('a request before any session gets no answer', async (context) => {
  const { host } = servingGuest(context);
  host.request({ id: 4, method: 'ping' });
  await settlePromises();
  assert.deepEqual(host.takeFrames(), []);
});

test('a host that is refused again and again gets its answers and fills no log', (context) => {
  const { host, logLines } = openGuestChannel(context);
  for (let count = 0; count < 10; count += 1) host.hello('a', { protocol: { min: 5, max: 5 } });
  assert.equal(host.takeMessages('refuse').length, 10);
  assert.equal(logLines.filter((line) => line['level'] === 40).length, 1);
});

test('samples go to a host that takes them and are dropped otherwise', (context) => {
  const guest = openGuestChannel(context);
  const wait = openClock(context, guest);
  const { host, port, channel } = guest;
  const metrics = { timeMs: 5 } as Metrics;
  assert.equal(channel.sendSample(metrics), false, 'no session');
  host.hello('a');
  assert.equal(channel.sendSample(metrics), true);
  assert.deepEqual(host.takeMessages('sample'), [metrics]);
  wait(hostSilenceMs);
  assert.equal(channel.sendSample(metrics), false, 'no host');
  host.ping();
  assert.equal(channel.sendSample({ ...metrics, machine: 'x'.repeat(40_000) } as never), false, 'no frame');
  host.forget();
  port.toHost.capacityBytes = 0;
  for (let offset = 0; !channel.congested; offset += 30_000)
    channel.sendData(2, offset, Buffer.alloc(30_000));
  assert.equal(channel.sendSample(metrics), false, 'no room');
});

test('allocateStream() gives each id once, from the first dynamic one on', (context) => {
  const { channel } = openGuestChannel(context);
  const first = channel.allocateStream();
  channel.openStream(first, { onSession: () => {} });
  channel.closeStream(first);
  assert.deepEqual([first, channel.allocateStream()], [firstDynamicStream, firstDynamicStream + 1]);
});

test('the guest ignores its own frames when a console echoes them', (context) => {
  const { host, port, channel } = openGuestChannel(context);
  channel.announce(exit);
  host.hello('a');
  host.receive();
  const echo = Buffer.concat(
    host.takeFrames().map(({ type, stream, payload }) => encodeFrame(type, stream, payload)),
  );
  assert.equal(new FrameDecoder().push(echo).length, 2);
  port.write(echo);
  host.settle();
  assert.deepEqual(host.takeFrames(), []);
});

test('stream frames reach their stream and no other', (context) => {
  const { host, channel } = openGuestChannel(context);
  const first = recordingStream();
  const second = recordingStream();
  channel.openStream(1, first.stream);
  host.hello('a');
  channel.openStream(2, second.stream);
  host.data(1, 4, 'abc');
  host.end(1, 7);
  host.credit(2, 100);
  host.data(9, 0, 'nobody');
  host.send(encodeFrame('credit', 2, Buffer.alloc(7)));
  assert.deepEqual(first.calls, ['session', ['data', 4, 'abc'], ['end', 7]]);
  assert.deepEqual(second.calls, ['session', ['credit', 100]]);
});

test('stream frames before a session and after closeStream() reach nobody', (context) => {
  const { host, channel } = openGuestChannel(context);
  const { stream, calls } = recordingStream();
  channel.openStream(1, stream);
  host.credit(1, 100);
  assert.deepEqual(calls, []);
  channel.closeStream(1);
  host.hello('a');
  host.credit(1, 100);
  assert.deepEqual(calls, []);
});

test('a stream may lack the handlers that it has no use for', (context) => {
  const { host, channel } = openGuestChannel(context);
  channel.openStream(1, { onSession: () => {} });
  host.hello('a');
  host.data(1, 0, 'x');
  host.end(1, 1);
  host.credit(1, 1);
  assert.equal(channel.inSession, true);
});
