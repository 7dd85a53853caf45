import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { OomWatch, parseOomKills } from '../../../../init/container/oom-watch.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const events = (kills: number): string =>
  `low 0\nhigh 0\nmax 5\noom 2\noom_kill ${kills}\noom_group_kill 0\n`;

function openWatch(context: TestContext): {
  watch: OomWatch;
  reports: number[];
  kill: (kills: number) => void;
} {
  const directory = scratchDirectory(context);
  const kill = (kills: number): void => writeFileSync(join(directory, 'memory.events'), events(kills));
  kill(0);
  const reports: number[] = [];
  const watch = new OomWatch(directory, makeRecordingLog().log, (kills) => reports.push(kills));
  context.after(() => watch.close());
  return { watch, reports, kill };
}

test('parseOomKills() takes the count of kills, not of attempts', () => {
  assert.equal(parseOomKills(events(7)), 7);
  assert.equal(parseOomKills(''), 0);
});

test('count() reports each increase once', (context) => {
  const { watch, reports, kill } = openWatch(context);
  assert.equal(watch.count(), 0);
  kill(1);
  assert.equal(watch.count(), 1);
  assert.equal(watch.count(), 1);
  kill(3);
  assert.equal(watch.count(), 3);
  assert.deepEqual(reports, [1, 3]);
});

test('an increase is noticed without being asked for', async (context) => {
  const directory = scratchDirectory(context);
  writeFileSync(join(directory, 'memory.events'), events(0));
  const { promise, resolve } = Promise.withResolvers<number>();
  const watch = new OomWatch(directory, makeRecordingLog().log, resolve);
  context.after(() => watch.close());
  writeFileSync(join(directory, 'memory.events'), events(2));
  assert.equal(await promise, 2);
});

test('the count of a closed watch stays as it was', (context) => {
  const { watch, reports, kill } = openWatch(context);
  kill(1);
  assert.equal(watch.count(), 1);
  watch.close();
  kill(2);
  assert.equal(watch.count(), 1);
  assert.deepEqual(reports, [1]);
});

test('a kernel without the memory controller costs a warning and no more', (context) => {
  const { log, lines } = makeRecordingLog();
  const watch = new OomWatch(scratchDirectory(context), log, () => assert.fail('nothing was killed'));
  assert.equal(watch.count(), 0);
  watch.close();
  assert.deepEqual(
    lines.map((line) => line['msg']),
    ['kills for want of memory are not noticed'],
  );
});
