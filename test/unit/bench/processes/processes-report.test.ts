import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportProcesses } from '../../../../bench/processes/processes-report.ts';

const cost = (instructions: number) => ({
  children: { instructions, memoryPeakBytes: 1024, processOnePeakBytes: 4096 },
  orphans: { instructions: instructions / 2, memoryPeakBytes: 2048, processOnePeakBytes: 4096 },
});
const report = reportProcesses(
  {
    containerReaper: cost(1_000_000),
    init: cost(1_200_000),
    shell: cost(900_000),
    program: cost(800_000),
  },
  10_000,
);

test('the processes report compares with the C program', () => {
  const figure = report.figures.find(({ name }) => name === 'firstborn/init/processes/orphans/to-c');
  assert.deepEqual(figure, {
    name: 'firstborn/init/processes/orphans/to-c',
    value: 1.5,
    unit: 'ratio',
    deterministic: true,
  });
  assert.equal(
    report.figures.some(({ name }) => name === 'c/processes/orphans/to-c'),
    false,
  );
});

test('the processes report has a line for each that reaps', () => {
  const lines = report.text.split('\n');
  assert.deepEqual(lines[2]?.split(/ {3,}/), [
    'Firstborn, init itself',
    '1,200,000',
    '600,000',
    '1.0 KiB',
    '2.0 KiB',
    '4.0 KiB',
  ]);
  assert.ok(report.text.endsWith('guest instructions and memory; 10000 of each\n'));
});
