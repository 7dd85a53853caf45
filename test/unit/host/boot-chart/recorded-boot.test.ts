import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordedBoot, type RecordedLine } from '../../../../host/boot-chart/recorded-boot.ts';
import { lines, timeline } from './boot-fixtures.ts';

function record(events: readonly RecordedLine[]): RecordedBoot {
  const boot = new RecordedBoot();
  for (const event of events) boot.take(event);
  return boot;
}

const [created, start, started, ready, told] = lines as [
  RecordedLine,
  RecordedLine,
  RecordedLine,
  RecordedLine,
  RecordedLine,
];
const after = (recorded: RecordedLine, event: RecordedLine['event']): RecordedLine => ({
  ...recorded,
  event,
});

test('the events of a boot make its timeline', () => {
  const boot = record(lines);
  assert.equal(boot.isComplete, true);
  assert.deepEqual(boot.timeline, timeline);
});

test('what the workload does later changes nothing', () => {
  const later = after(told, { event: 'exec-exit', sequence: 4, timeMs: 999_999, exec: 1 });
  assert.deepEqual(record([...lines, later]).timeline, timeline);
});

test('a boot that did not come to its workload has no timeline', () => {
  for (const events of [[], [created], [created, start, started]]) {
    assert.equal(record(events).timeline, undefined);
  }
});

test('the latest boot with a workload counts, and a restart was not prepared', () => {
  const again = record([...lines, start, started, ready, told]);
  assert.equal(again.timeline?.host?.steps[0]?.name, 'start of QEMU');
  const failing = record([...lines, start]);
  assert.deepEqual(failing.timeline, timeline);
  assert.equal(failing.isComplete, false);
});

test('a guest that tells no timeline has its phases', () => {
  const boot = record([created, start, started, ready]);
  assert.equal(boot.isComplete, false);
  assert.deepEqual(
    boot.timeline?.steps.map(({ kind, name }) => `${kind} ${name}`),
    ['kernel kernel and runtime', 'phase container'],
  );
  assert.deepEqual([boot.timeline?.workloadMs, boot.timeline?.host], [6157, undefined]);
});

test('a log whose beginning is gone still tells the boot', () => {
  const boot = record([ready, told]);
  assert.deepEqual(boot.timeline?.steps, timeline.steps);
  assert.equal(boot.timeline?.machine.image, undefined);
});

test('events that make no sense are passed over', () => {
  const bad = [
    after(created, { event: 'created', image: 7 }),
    after(ready, { event: 'ready', timeMs: 'soon' }),
    after(told, { event: 'boot-timeline', steps: [{}] }),
  ];
  assert.equal(record(bad).timeline, undefined);
  assert.deepEqual(record([...bad, ...lines]).timeline?.steps, timeline.steps);
});

test('a monitor that took the boot over has no times of the host', () => {
  const { host: _, ...event } = told.event;
  assert.equal(record([created, start, started, ready, after(told, event)]).timeline?.host, undefined);
});
