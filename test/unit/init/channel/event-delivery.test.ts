import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { EventDelivery } from '../../../../init/channel/event-delivery.ts';
import type { Event, EventBody } from '../../../../protocol/messages.ts';

const stopping: EventBody = { event: 'stopping', container: 'main', reason: 'request' };
const exit: EventBody = { event: 'exit', container: 'main', reason: 'exited', code: 3 };
const execExit: EventBody = { event: 'exec-exit', exec: 1, reason: 'exited', code: 0 };

interface Open {
  events: EventDelivery;
  /** The numbers sent since the last call. */
  takeSent: () => number[];
  outlet: { outputWaits: boolean };
}

function open(context: TestContext): Open {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: Event[] = [];
  const outlet = { outputWaits: false };
  const events = new EventDelivery({
    send: (event) => void sent.push(event),
    outputWaits: () => outlet.outputWaits,
  });
  return { events, outlet, takeSent: () => sent.splice(0).map((event) => event.sequence) };
}

test('announce() sends nothing before a session and each event once in it', (context) => {
  const { events, takeSent } = open(context);
  events.announce(stopping);
  assert.deepEqual(takeSent(), []);
  events.beginSession(0);
  assert.deepEqual(takeSent(), [1]);
  events.announce(exit);
  events.deliver();
  assert.deepEqual(takeSent(), [2]);
});

test('beginSession() sends again what its host does not know', (context) => {
  const { events, takeSent } = open(context);
  events.beginSession(0);
  for (const body of [stopping, stopping, exit]) events.announce(body);
  events.acknowledge(1);
  takeSent();
  events.beginSession(2);
  assert.deepEqual(takeSent(), [3]);
});

test('pause() keeps events for the next session', (context) => {
  const { events, takeSent } = open(context);
  events.beginSession(0);
  events.pause();
  events.announce(stopping);
  assert.deepEqual(takeSent(), []);
  events.beginSession(0);
  assert.deepEqual(takeSent(), [1]);
});

for (const [name, body] of [
  ['exit', exit],
  ['exec-exit', execExit],
] as const) {
  test(`the event "${name}" waits for output that comes before it, and holds the later ones`, (context) => {
    const { events, takeSent, outlet } = open(context);
    for (const one of [stopping, body, stopping]) events.announce(one);
    outlet.outputWaits = true;
    events.beginSession(0);
    assert.deepEqual(takeSent(), [1]);
    events.announce(stopping);
    assert.deepEqual(takeSent(), []);
    outlet.outputWaits = false;
    events.deliver();
    assert.deepEqual(takeSent(), [2, 3, 4]);
  });
}

test('a host that takes no output learns of the exit two seconds later', (context) => {
  const { events, takeSent, outlet } = open(context);
  events.announce(exit);
  outlet.outputWaits = true;
  events.beginSession(0);
  context.mock.timers.tick(1999);
  assert.deepEqual(takeSent(), []);
  context.mock.timers.tick(1);
  assert.deepEqual(takeSent(), [1]);
  events.announce(execExit);
  assert.deepEqual(takeSent(), [2], 'and is not held up again');
});

test('each session waits anew', (context) => {
  const { events, takeSent, outlet } = open(context);
  events.announce(exit);
  outlet.outputWaits = true;
  events.beginSession(0);
  context.mock.timers.tick(1000);
  events.beginSession(0);
  context.mock.timers.tick(1500);
  assert.deepEqual(takeSent(), []);
  context.mock.timers.tick(500);
  assert.deepEqual(takeSent(), [1]);
});
