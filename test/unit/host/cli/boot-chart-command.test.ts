import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from '../../../support/disks.ts';
import { timeline } from '../boot-chart/boot-fixtures.ts';
import { makeCommandMachine } from './support/started-machine.ts';

test('boot-chart shows the boot of a machine that runs, and of one that has ended', async (t) => {
  using scratch = scratchDirectory();
  const { firstborn } = await makeCommandMachine(
    t,
    { workloads: [['sleep']], timeline: true },
    { name: 'web' },
  );
  const early = await firstborn('boot-chart', 'web');
  assert.deepEqual(
    [early.code, early.stdout, early.stderr],
    [1, '', 'firstborn: Cannot tell how machine "web" booted: its workload has not run\n'],
  );
  await firstborn('start', 'web');
  const running = await firstborn('boot-chart', 'web');
  assert.match(
    running.stdout,
    /^web: workload after 0\.5 ms\n.*Linux 6\.1\.0-fake.*\n\n.*\n(.*\n)*kernel +[▏▎▍▌▋▊▉█]+ +0\.5 ms$/m,
  );
  await firstborn('kill', 'web');
  await firstborn('wait', 'web');
  assert.equal((await firstborn('boot-chart', 'web')).stdout, running.stdout);
  const path = join(scratch.path, 'chart.svg');
  const written = await firstborn('boot-chart', '-o', path, 'web');
  assert.deepEqual([written.code, written.stdout, written.stderr], [0, '', '']);
  assert.equal((await firstborn('boot-chart', 'web', '-o', '-')).stdout, readFileSync(path, 'utf8'));
});

test('boot-chart reads what it has printed, by any name', async (t) => {
  using scratch = scratchDirectory();
  const { firstborn } = await makeCommandMachine(t, { workloads: [['exit']] }, { name: 'web' });
  const path = join(scratch.path, 'web.json');
  writeFileSync(path, JSON.stringify(timeline));
  const { stdout } = await firstborn('boot-chart', '--json', path);
  assert.deepEqual(JSON.parse(stdout), timeline);
});

test('boot-chart refuses what it can not do', async (t) => {
  const { firstborn } = await makeCommandMachine(t, { workloads: [['exit']] }, { name: 'web' });
  const failures: [words: string[], code: number, message: RegExp][] = [
    [[], 125, /Cannot do that without a NAME\|FILE/],
    [['a', 'b'], 125, /Cannot take the word "b" behind NAME\|FILE/],
    [['--json', '-o', 'x', 'web'], 125, /Cannot write SVG and print JSON at once/],
    [['nobody'], 1, /Cannot find a machine "nobody"/],
    [['./nothing'], 1, /Cannot read "\.\/nothing": ENOENT/],
    [['/etc/hostname'], 1, /Cannot find a boot in "\/etc\/hostname"/],
  ];
  for (const [words, code, message] of failures) {
    const result = await firstborn('boot-chart', ...words);
    assert.equal(result.code, code, words.join(' '));
    assert.match(result.stderr, message);
  }
});
