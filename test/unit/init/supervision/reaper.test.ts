import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Reaper } from '../../../../init/supervision/reaper.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { settlePromises } from '../../../support/guest-channel.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

function openReaper(context: TestContext): { native: FakeNative; reaper: Reaper } {
  const before = process.listeners('SIGCHLD');
  const native = new FakeNative();
  const reaper = new Reaper(native, makeRecordingLog().log);
  context.after(() => {
    for (const listener of process.listeners('SIGCHLD')) {
      if (!before.includes(listener)) process.off('SIGCHLD', listener);
    }
  });
  return { native, reaper };
}

test('drain() reaps all that have ended and tells those who wait', async (context) => {
  const { native, reaper } = openReaper(context);
  const first = reaper.exitOf(7);
  const second = reaper.exitOf(8);
  native.ended.push(
    { state: 'signaled', pid: 8, signal: 9, coreDumped: false },
    { state: 'exited', pid: 7, code: 3 },
  );
  reaper.drain();
  assert.deepEqual(await first, { state: 'exited', pid: 7, code: 3 });
  assert.deepEqual(await second, { state: 'signaled', pid: 8, signal: 9, coreDumped: false });
  assert.deepEqual(native.ended, []);
});

test('drain() counts orphans that nobody waits for', (context) => {
  const { native, reaper } = openReaper(context);
  native.ended.push({ state: 'exited', pid: 50, code: 0 }, { state: 'exited', pid: 51, code: 0 });
  reaper.drain();
  assert.equal(reaper.orphans, 2);
});

test('drain() leaves the event loop its turns however many have ended', async (context) => {
  const { native, reaper } = openReaper(context);
  const exit = reaper.exitOf(999);
  for (let pid = 0; pid < 1000; pid += 1) native.ended.push({ state: 'exited', pid, code: 0 });
  reaper.drain();
  reaper.drain();
  assert.equal(reaper.orphans, 512);
  await exit;
  assert.deepEqual(native.ended, []);
});

test('drain() takes a pid that comes again for another process', async (context) => {
  const { native, reaper } = openReaper(context);
  const first = reaper.exitOf(7);
  native.ended.push({ state: 'exited', pid: 7, code: 1 });
  reaper.drain();
  const second = reaper.exitOf(7);
  native.ended.push({ state: 'exited', pid: 7, code: 2 });
  reaper.drain();
  assert.deepEqual(
    [await first, await second],
    [
      { state: 'exited', pid: 7, code: 1 },
      { state: 'exited', pid: 7, code: 2 },
    ],
  );
});

test('SIGCHLD drains', async (context) => {
  const { native, reaper } = openReaper(context);
  const exit = reaper.exitOf(7);
  native.ended.push({ state: 'exited', pid: 7, code: 0 });
  process.emit('SIGCHLD', 'SIGCHLD');
  await settlePromises();
  assert.deepEqual(await exit, { state: 'exited', pid: 7, code: 0 });
});
