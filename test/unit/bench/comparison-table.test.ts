import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatComparison } from '../../../bench/comparison-table.ts';
import type { Figure } from '../../../bench/bench.ts';

const figure = (name: string, value: number): Figure => ({
  name,
  value,
  unit: 'instructions',
  deterministic: true,
});

test('a comparison has a row for each machine, open cells for what it lacks, and ratios', () => {
  const to = { title: 'C init', caseName: 'c/debian' };
  const rows = [{ title: 'Firstborn', caseName: 'firstborn/debian' }, to];
  const text = formatComparison(
    [
      figure('firstborn/debian/node', 5),
      figure('firstborn/debian/workload', 9),
      figure('c/debian/workload', 3),
    ],
    {
      title: 'DEBIAN',
      rows,
      columns: [
        { title: 'NODE', detail: 'node', format: String },
        { title: 'WORKLOAD', detail: 'workload', format: String },
      ],
      ratios: [{ title: 'TO C INIT', detail: 'workload', to }],
    },
  );
  assert.deepEqual(text.split('\n'), [
    'DEBIAN      NODE   WORKLOAD   TO C INIT',
    'Firstborn   5      9          3.00',
    'C init      -      3          1.00',
    '',
  ]);
});
