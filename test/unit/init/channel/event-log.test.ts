import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLog } from '../../../../init/channel/event-log.ts';
import { maxRetainedEvents } from '../../../../protocol/limits.ts';
import { Event, type EventBody } from '../../../../protocol/messages.ts';
import { settlePromises } from '../../../support/guest-channel.ts';

const stopping: EventBody = { event: 'stopping', container: 'main', reason: 'request' };
const exit: EventBody = { event: 'exit', container: 'main', reason: 'exited', code: 3 };
const execExit: EventBody = { event: 'exec-exit', exec: 1, reason: 'exited', code: 0 };
const fault: EventBody = { event: 'fault', phase: 'disks', message: 'Cannot find the disks', code: 125 };

const sequences = (log: EventLog): number[] => log.pending().map((event) => event.sequence);

test('append() numbers events from 1 and stamps them, as the protocol wants them', () => {
  const log = new EventLog();
  const events = [log.append(stopping), log.append(exit)];
  assert.deepEqual(
    events.map((event) => event.sequence),
    [1, 2],
  );
  for (const event of events) assert.equal(Event.safeParse(event).success, true);
  assert.deepEqual(log.pending(), events);
});

test('acknowledge() forgets events up to a number and with it', () => {
  const log = new EventLog();
  for (let count = 0; count < 4; count += 1) log.append(stopping);
  log.acknowledge(2);
  assert.deepEqual(sequences(log), [3, 4]);
  log.acknowledge(1);
  assert.deepEqual(sequences(log), [3, 4]);
});

test('acknowledge() does not believe a host that has seen the future', () => {
  const log = new EventLog();
  log.append(stopping);
  log.acknowledge(1000);
  assert.deepEqual(sequences(log), []);
  log.append(exit);
  assert.deepEqual(sequences(log), [2]);
});

test('append() drops the oldest events over the limit, but no exit and no fault', () => {
  const log = new EventLog();
  log.append(exit);
  log.append(fault);
  for (let count = 0; count < maxRetainedEvents + 10; count += 1) log.append(stopping);
  assert.equal(log.pending().length, maxRetainedEvents);
  assert.deepEqual(
    log
      .pending()
      .slice(0, 3)
      .map((event) => event.event),
    ['exit', 'fault', 'stopping'],
  );
  assert.equal(sequences(log).at(-1), maxRetainedEvents + 12);
  assert.equal(sequences(log)[2], 15);
});

test('append() drops the ends of execs only when there is nothing else to drop', () => {
  const log = new EventLog();
  log.append(execExit);
  log.append(exit);
  for (let count = 0; count < maxRetainedEvents; count += 1) log.append(stopping);
  assert.deepEqual(sequences(log).slice(0, 3), [1, 2, 5]);
  for (let count = 0; count < 2 * maxRetainedEvents; count += 1) log.append(execExit);
  const kept = log.pending();
  assert.equal(kept.length, maxRetainedEvents);
  assert.deepEqual([kept[0]?.event, kept[1]?.event], ['exit', 'exec-exit']);
  assert.equal(kept[1]?.sequence, 3 * maxRetainedEvents + 2 - (maxRetainedEvents - 2));
});

test('allAcknowledged() resolves at once when nothing waits', async () => {
  const log = new EventLog();
  await log.allAcknowledged();
  log.append(stopping);
  log.acknowledge(1);
  await log.allAcknowledged();
});

test('allAcknowledged() waits for what was there when it was asked, and for no more', async () => {
  const log = new EventLog();
  log.append(stopping);
  log.append(exit);
  const settled: string[] = [];
  void log.allAcknowledged().then(() => settled.push('two'));
  log.append(fault);
  void log.allAcknowledged().then(() => settled.push('three'));
  log.acknowledge(1);
  await settlePromises();
  assert.deepEqual(settled, []);
  log.acknowledge(2);
  await settlePromises();
  assert.deepEqual(settled, ['two']);
  log.acknowledge(3);
  await settlePromises();
  assert.deepEqual(settled, ['two', 'three']);
});
