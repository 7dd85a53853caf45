import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportRoundTrips } from '../../../../bench/exec/exec-report.ts';

const cost = (total: number) => ({ total, container: total / 4, rest: (total / 4) * 3, wallMs: 10 });
const report = reportRoundTrips(
  {
    exec: [cost(4_000_000), cost(4_400_000), cost(4_200_000)],
    ping: [cost(80_000), cost(80_000), cost(80_000)],
    init: { residentBytes: 80 * 1024 ** 2, heapUsedBytes: 10 * 1024 ** 2, openFds: 35 },
  },
  { count: 200, warmup: 50, rounds: 3 },
);

const valueOf = (name: string) => report.figures.find((figure) => figure.name === name)?.value;

test('the exec report has the medians as figures', () => {
  assert.equal(valueOf('firstborn/exec/total'), 4_200_000);
  assert.equal(valueOf('firstborn/exec/rest'), 3_150_000);
  assert.equal(valueOf('firstborn/ping/total'), 80_000);
  assert.equal(valueOf('firstborn/exec/descriptors'), 35);
});

test('the exec report shows the rounds as a table', () => {
  const [, exec, , , rounds, init] = report.text.split('\n');
  assert.deepEqual(exec?.split(/ {3,}/), [
    'exec true',
    '4,200,000 (±4.8 %)',
    '1,050,000 (±4.8 %)',
    '3,150,000 (±4.8 %)',
    '10.0 (±0.0 %)',
  ]);
  assert.equal(rounds, 'median of 3 rounds of 200');
  assert.equal(init, 'init: 80.0 MiB resident, 10.0 MiB heap, 35 descriptors');
});
