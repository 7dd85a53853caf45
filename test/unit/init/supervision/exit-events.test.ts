import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitEvent, notStartedEvent, stoppedEarly } from '../../../../init/supervision/exit-events.ts';
import { Event } from '../../../../protocol/messages.ts';

test('exitEvent() says how the first process ended', () => {
  assert.deepEqual(exitEvent({ reason: 'oom', code: 137, signal: 9 }), {
    event: 'exit',
    container: 'main',
    reason: 'oom',
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

test('a workload that was stopped before its start exits like one that a SIGTERM ended', () => {
  assert.equal(stoppedEarly.code, 143);
});
