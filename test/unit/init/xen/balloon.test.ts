import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { followBalloon, lookUntilSettled } from '../../../../init/xen/balloon.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

test('followBalloon() does nothing on a machine without xenstore, or without a balloon', (context) => {
  const directory = scratchDirectory(context);
  const { log, lines } = makeRecordingLog();
  const base = { native: new FakeNative(), log, onMemory: assert.fail };
  followBalloon({ ...base, storePath: join(directory, 'none'), balloonPath: directory });
  followBalloon({ ...base, storePath: directory, balloonPath: join(directory, 'none') });
  assert.deepEqual(lines, []);
});

test('followBalloon() only warns of a store that can not be opened', (context) => {
  const directory = scratchDirectory(context);
  const storePath = join(directory, 'store');
  mkdirSync(storePath);
  const { log, lines } = makeRecordingLog();
  followBalloon({ native: new FakeNative(), log, onMemory: assert.fail, storePath, balloonPath: directory });
  assert.equal(lines[0]?.['level'], 40);
});

/** A balloon whose files say what they are given, and what is seen of it every quarter of a second. */
function watchBalloon(context: TestContext, onMemory: (look: number) => void) {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const balloonPath = scratchDirectory(context);
  mkdirSync(join(balloonPath, 'info'));
  const say = (name: string, kibibytes: number): void =>
    writeFileSync(join(balloonPath, name), `${kibibytes}\n`);
  say('target_kb', 1024);
  say('info/current_kb', 512);
  let looks = 0;
  const stop = lookUntilSettled(balloonPath, () => onMemory(++looks));
  const pass = (times: number): number => {
    for (let time = 0; time < times; time++) context.mock.timers.tick(250);
    return looks;
  };
  return { say, stop, pass };
}

test('lookUntilSettled() looks again behind a step that comes while it looks, and then no more', (context) => {
  const balloon = watchBalloon(context, (look) => {
    if (look === 3) balloon.say('info/current_kb', 1024);
  });
  assert.equal(balloon.pass(3), 3);
  assert.equal(balloon.pass(5), 4);
});

test('lookUntilSettled() can be stopped', (context) => {
  const balloon = watchBalloon(context, () => {});
  assert.equal(balloon.pass(2), 2);
  balloon.stop();
  assert.equal(balloon.pass(5), 2);
});
