import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figure } from '../../../bench/bench.ts';
import {
  compareResults,
  formatComparedResults,
  grownCounts,
  missingFigures,
} from '../../../bench/comparison.ts';
import type { BenchResult } from '../../../bench/result.ts';

const machine: BenchResult['machine'] = {
  cpu: 'A processor',
  cores: 2,
  memoryBytes: 8 * 1024 ** 3,
  hostKernel: '6.1.0',
  node: '26.10.0',
  qemu: '7.2.22',
  commit: 'abc',
  date: '2026-01-01T00:00:00.000Z',
};

const count = (name: string, value: number): Figure => ({
  name,
  value,
  unit: 'instructions',
  deterministic: true,
});

const result = (...figures: Figure[]): BenchResult => ({
  bench: 'cold-start',
  quick: false,
  method: 'By hand.',
  machine,
  figures,
});

test('compareResults() compares what both have, by name and unit', () => {
  const before = result(count('a', 100), count('b', 0), { ...count('c', 5), unit: 'bytes' });
  const after = result(count('b', 3), count('a', 150), count('c', 5), count('d', 1));
  assert.deepEqual(
    compareResults(before, after).map(({ name, ratio }) => [name, ratio]),
    [
      ['b', undefined],
      ['a', 1.5],
    ],
  );
  assert.deepEqual(missingFigures(after, before), ['d']);
});

test('grownCounts() names instruction counts beyond the bound and nothing else', () => {
  const before = result(count('a', 1000), count('b', 1000), { ...count('c', 1000), deterministic: false });
  const after = result(count('a', 1100), count('b', 1101), { ...count('c', 5000), deterministic: false });
  assert.deepEqual(grownCounts(before, after, 10), ['"b" has grown by 10.1 %: 1,101, not 1,000']);
});

test('two results are a table of ratios, with what only one of them has below', () => {
  const noisy: Figure = { name: 'n', value: 2, unit: 'ms', deterministic: false };
  const text = formatComparedResults(
    result(count('a', 1000), noisy, count('gone', 1)),
    result(count('a', 500), { ...noisy, value: 3 }),
  );
  assert.equal(
    text,
    [
      'COLD-START   UNIT           BEFORE   AFTER   RATIO',
      'a            instructions   1,000    500.00   0.500',
      '~n           ms             2.00     3.00     1.500',
      'only before: gone',
      '',
    ]
      .join('\n')
      .replace('BEFORE   AFTER   RATIO', 'BEFORE   AFTER    RATIO'),
  );
});
