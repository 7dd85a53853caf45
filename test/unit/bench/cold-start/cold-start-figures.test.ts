import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ColdStart, readClock } from '../../../../bench/cold-start/cold-start.ts';
import { coldStartFigures } from '../../../../bench/cold-start/cold-start-figures.ts';

const valuesOf = (boots: readonly ColdStart[]): Record<string, number> =>
  Object.fromEntries(coldStartFigures('x', boots).map(({ name, value }) => [name, value]));

test('counts begin at the kernel, and what a machine does not get to is no figure', () => {
  const boot: ColdStart = { counts: { kernel: 100, init: 150, workload: 180 }, workloadNs: 90 };
  assert.deepEqual(valuesOf([boot]), {
    'x/firmware': 100,
    'x/init': 50,
    'x/workload': 80,
    'x/user-space': 30,
    'x/workload-clock': 90,
  });
});

test('phases are durations; the first entry, all before them, is not among them', () => {
  const boot: ColdStart = {
    counts: { kernel: 1e7, init: 2e7, node: 3e7, workload: 8e7 },
    workloadNs: 9e6,
    readyNs: 1e7,
    phases: [
      { name: 'kernel and runtime', startMs: 0, endMs: 4 },
      { name: 'early mounts', startMs: 4, endMs: 6 },
    ],
  };
  const values = valuesOf([boot]);
  assert.equal(values['x/node'], 2e7);
  // 5 ms before the workload looked at the clock.
  assert.equal(values['x/javascript'], 6.5e7);
  assert.equal(values['x/phase/early-mounts'], 2e6);
  assert.equal('x/phase/kernel-and-runtime' in values, false);
});

test('without phases, JavaScript begins where the machine was stopped for it', () => {
  const boot: ColdStart = {
    counts: { kernel: 100, init: 150, javascript: 170, workload: 180 },
    workloadNs: 90,
  };
  assert.equal(valuesOf([boot])['x/javascript'], 70);
});

test('several boots are their median, with how far they lie apart', () => {
  const boots = [90, 110].map(
    (workload): ColdStart => ({ counts: { kernel: 0, init: 0, workload }, workloadNs: 0 }),
  );
  const workload = coldStartFigures('x', boots).find(({ name }) => name === 'x/workload');
  assert.deepEqual(workload, {
    name: 'x/workload',
    value: 100,
    unit: 'instructions',
    deterministic: true,
    spreadPercent: 20,
  });
});

test('readClock() reads a word and nanoseconds that are a line of their own', () => {
  assert.equal(readClock('[ 0.1] booted\nworkload 123456789012\n', 'workload'), 123456789012);
  assert.equal(readClock('workload 12 34\n', 'workload'), undefined);
});
