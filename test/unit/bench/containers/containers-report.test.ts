import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportContainers } from '../../../../bench/containers/containers-report.ts';

const growth = (usedBytes: number) => ({
  usedBytes,
  initResidentBytes: 0,
  initHeapBytes: 2048,
  initDescriptors: 5,
});

test('the containers report has work and growth, as tables and as figures', () => {
  const { figures, text } = reportContainers(
    {
      startInstructions: 20_000_000,
      endInstructions: 3_000_000,
      perContainer: growth(300 * 1024),
      remains: growth(-1024),
      cycleInstructions: 23_000_000,
      perCycle: growth(512),
    },
    { alive: 100, cycles: 1000 },
  );
  assert.deepEqual(
    figures
      .filter(({ name }) => /start$|alive\/(memory|descriptors)$/.test(name))
      .map(({ name, value }) => [name, value]),
    [
      ['firstborn/containers/start', 20_000_000],
      ['firstborn/containers/alive/memory', 300 * 1024],
      ['firstborn/containers/alive/descriptors', 5],
    ],
  );
  const cells = text.split('\n').map((line) => line.split(/ {3,}/));
  assert.deepEqual(cells[1], ['start, 100 one after the other', '20,000,000']);
  assert.deepEqual(cells[6], ['per container, 100 alive', '300.0 KiB', '0.0 KiB', '2.0 KiB', '5.00']);
  assert.deepEqual(cells[7]?.slice(0, 2), ['after their end, in all', '-1.0 KiB']);
});
