import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Container } from '../../../../init/container/container.ts';
import {
  defaultStopPolicy,
  exitEvent,
  notStartedEvent,
  requestDesk,
  stopPolicy,
  type Supervised,
} from '../../../../init/supervision/supervise.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';
import { Event } from '../../../../protocol/messages.ts';
import { type GuestChannel, openGuestChannel, settlePromises } from '../../../support/guest-channel.ts';

const policies: [what: string, launch: object, imageSignal: string | null | undefined, policy: object][] = [
  ['nobody', {}, undefined, { signal: 15, graceMs: 10_000 }],
  ['the image', {}, 'SIGQUIT', { signal: 3, graceMs: 10_000 }],
  ['an image with a number', {}, '37', { signal: 37, graceMs: 10_000 }],
  ['an image with a real-time signal', {}, 'SIGRTMIN+3', { signal: 37, graceMs: 10_000 }],
  ['an image that makes no sense', {}, 'SIGNOPE', { signal: 15, graceMs: 10_000 }],
  ['an image with null', {}, null, { signal: 15, graceMs: 10_000 }],
  ['launch config over image', { process: { stopSignal: 'INT' } }, 'SIGQUIT', { signal: 2, graceMs: 10_000 }],
  ['a grace', { stopGraceMs: 1 }, undefined, { signal: 15, graceMs: 1 }],
  ['a grace of nothing', { stopGraceMs: 0 }, 'SIGQUIT', { signal: 3, graceMs: 0 }],
];
for (const [who, launch, StopSignal, policy] of policies) {
  test(`stopPolicy() goes by ${who}`, () => {
    const launchConfig = parseLaunchConfig({ version: 1, root: { format: 'erofs' }, ...launch });
    assert.deepEqual(stopPolicy({ launch: launchConfig, image: { config: { StopSignal } } }), policy);
  });
}

test('exitEvent() keeps the code of a process that exited', () => {
  assert.deepEqual(exitEvent({ state: 'exited', pid: 7, code: 3 }), {
    event: 'exit',
    container: 'main',
    reason: 'exited',
    code: 3,
  });
});

test('exitEvent() adds 128 to the signal that ended a process', () => {
  assert.deepEqual(exitEvent({ state: 'signaled', pid: 7, signal: 9, coreDumped: false }), {
    event: 'exit',
    container: 'main',
    reason: 'signaled',
    code: 137,
    signal: 9,
  });
});

test('notStartedEvent() tells why there never was a process', () => {
  assert.deepEqual(notStartedEvent({ code: 127, message: 'Cannot execute "x"' }), {
    event: 'exit',
    container: 'main',
    reason: 'not-started',
    code: 127,
    message: 'Cannot execute "x"',
  });
});

test('notStartedEvent() fits a frame, however long the command was', () => {
  const body = notStartedEvent({ code: 127, message: `Cannot execute "${'x'.repeat(100_000)}"` });
  assert.equal(Event.safeParse({ ...body, sequence: 1, timeMs: 0 }).success, true);
});

interface Desk extends GuestChannel {
  supervised: Supervised;
  stops: [signal: number, graceMs: number][];
}

/** A guest in session whose container notes how it is stopped. */
function openDesk(context: TestContext, accepts: () => boolean): Desk {
  const guest = openGuestChannel(context);
  const stops: [number, number][] = [];
  const container = {
    stopping: false,
    stop(signal: number, graceMs: number): boolean {
      if (!accepts()) return false;
      stops.push([signal, graceMs]);
      this.stopping = true;
      return true;
    },
  };
  const supervised: Supervised = {
    channel: guest.channel,
    container: container as unknown as Container,
    policy: defaultStopPolicy,
  };
  guest.channel.serve(requestDesk(supervised));
  guest.host.hello('a');
  guest.host.forget();
  return { ...guest, supervised, stops };
}

async function ask(desk: Desk, request: object): Promise<unknown> {
  desk.host.request({ id: 1, ...request });
  await settlePromises();
  desk.host.receive();
  const response = desk.host.frames.find((frame) => frame.type === 'response');
  return response === undefined ? undefined : JSON.parse(response.payload.toString());
}

test('a ping is answered', async (context) => {
  const desk = openDesk(context, () => true);
  assert.deepEqual(await ask(desk, { method: 'ping' }), { id: 1, ok: true });
});

test('an acknowledgement frees the events', async (context) => {
  const desk = openDesk(context, () => true);
  desk.channel.announce({ event: 'stopping', container: 'main', reason: 'request' });
  const all = desk.channel.allAcknowledged();
  assert.deepEqual(await ask(desk, { method: 'acknowledge', params: { sequence: 1 } }), { id: 1, ok: true });
  await all;
});

test('a stop follows the policy where the host says nothing, and is announced once', async (context) => {
  const desk = openDesk(context, () => true);
  desk.supervised.policy = { signal: 3, graceMs: 77 };
  assert.deepEqual(await ask(desk, { method: 'stop', params: {} }), { id: 1, ok: true });
  assert.deepEqual(await ask(desk, { method: 'stop', params: { signal: 9, graceMs: 0 } }), {
    id: 1,
    ok: true,
  });
  assert.deepEqual(desk.stops, [
    [3, 77],
    [9, 0],
  ]);
  const events = desk.host.takeMessages('event');
  assert.deepEqual(
    events.map((event) => event.event),
    ['stopping'],
  );
});

test('a stop before the container has started or after it has ended is refused', async (context) => {
  const desk = openDesk(context, () => false);
  assert.deepEqual(await ask(desk, { method: 'stop', params: {} }), {
    id: 1,
    ok: false,
    error: { code: 'not-found', message: 'Cannot stop the container: it has ended' },
  });
  desk.host.forget();
  desk.supervised.container = undefined;
  assert.deepEqual(await ask(desk, { method: 'stop', params: {} }), {
    id: 1,
    ok: false,
    error: { code: 'not-found', message: 'Cannot stop the container: it has not started' },
  });
  assert.deepEqual(desk.host.takeMessages('event'), []);
});
