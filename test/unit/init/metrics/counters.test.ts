import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, parseCounters, parseLimit, toCount } from '../../../../init/metrics/counters.ts';

test('parseCounters() reads cgroup files, /proc/meminfo and /proc/PID/status alike', () => {
  const text =
    'usage_usec 17\nMemTotal:         480272 kB\nVmRSS:\t    1800 kB\nName:\tnode\n\nHugetlb: 0 kB\n';
  assert.deepEqual(
    [...parseCounters(text)],
    [
      ['usage_usec', 17],
      ['MemTotal', 480272],
      ['VmRSS', 1800],
      ['Hugetlb', 0],
    ],
  );
});

test('parseCounters() takes the first of two lines with one key', () => {
  assert.equal(parseCounters('anon 1\nanon 2\n').get('anon'), 1);
});

test('parseCounters() finds nothing in no text', () => assert.equal(parseCounters('').size, 0));

test('counter() is 0 for what the kernel does not count', () => {
  assert.equal(counter(new Map([['low', 3]]), 'low'), 3);
  assert.equal(counter(new Map(), 'low'), 0);
});

const counts: [word: string | undefined, count: number][] = [
  ['0', 0],
  ['12.26', 12.26],
  ['18446744073709551615', Number.MAX_SAFE_INTEGER],
  ['-1', 0],
  ['max', 0],
  [undefined, 0],
];
for (const [word, count] of counts) {
  test(`toCount() makes ${count} of ${word}`, () => assert.equal(toCount(word), count));
}

test('parseLimit() tells no limit from no file', () => {
  assert.equal(parseLimit('268435456\n'), 268_435_456);
  assert.equal(parseLimit('max\n'), null);
  assert.equal(parseLimit(undefined), undefined);
});
