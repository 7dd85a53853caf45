import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestError, PhaseFailure, PhaseRunner } from '../../../../init/boot/phase.ts';
import { describeError } from '../../../../protocol/errors.ts';
import { TimelineEntry } from '../../../../protocol/messages.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

test('run() gives the result of a phase, at once or later', async () => {
  const phases = new PhaseRunner(makeRecordingLog().log, 1);
  assert.equal(await phases.run('now', () => 1), 1);
  assert.equal(await phases.run('later', () => Promise.resolve(2)), 2);
});

test('run() keeps the times of the phases in their order, after those of the kernel', async () => {
  const phases = new PhaseRunner(makeRecordingLog().log, 1);
  await phases.run('early mounts', () => {});
  await phases.run('disks', () => {});
  assert.deepEqual(
    phases.timeline.map((entry) => entry.name),
    ['kernel and runtime', 'load init', 'early mounts', 'disks'],
  );
  let endMs = 0;
  for (const entry of phases.timeline) {
    assert.equal(TimelineEntry.safeParse(entry).success, true);
    assert.ok(entry.startMs >= endMs || entry.startMs === 0);
    assert.ok(entry.endMs >= entry.startMs);
    endMs = entry.endMs;
  }
  assert.equal(phases.timeline[0]?.startMs, 0);
});

test('run() names the phase that failed and keeps its error and its time', async () => {
  const { log, lines } = makeRecordingLog();
  const phases = new PhaseRunner(log, 1);
  const cause = guestError('Cannot find the disks');
  await assert.rejects(
    phases.run('disks', () => {
      throw cause;
    }),
    (error: PhaseFailure) =>
      error instanceof PhaseFailure && error.phase === 'disks' && error.cause === cause,
  );
  await assert.rejects(
    phases.run('config', () => Promise.reject(new Error('x'))),
    PhaseFailure,
  );
  assert.deepEqual(
    phases.timeline.map((entry) => entry.name),
    ['kernel and runtime', 'load init', 'disks', 'config'],
  );
  assert.deepEqual(
    lines.map((line) => line['phase']),
    ['disks', 'config'],
  );
});

test('guestError() makes an error of the guest, with or without a cause', () => {
  assert.equal(guestError('Cannot go on').code, 'guest');
  assert.equal(describeError(guestError('Cannot go on', new Error('EIO'))), 'Cannot go on: EIO');
});
