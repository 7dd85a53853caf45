import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootWatch } from '../../../../host/monitor/boot-watch.ts';
import type { MachineDescription } from '../../../../host/vm/machine-description.ts';

const description = {
  machine: 'q35',
  accelerator: 'tcg',
  cpus: 2,
  memoryMiB: 256,
} as MachineDescription;
const words = { board: 'q35', accelerator: 'tcg', cpus: 2, memoryMiB: 256 };

test('addition() has the first time of each moment', (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1000 });
  const watch = new BootWatch();
  watch.note('startUnixMs');
  context.mock.timers.setTime(2000);
  watch.note('vmUnixMs');
  watch.note('openedUnixMs');
  context.mock.timers.setTime(3000);
  watch.note('openedUnixMs');
  watch.note('readyUnixMs');
  assert.deepEqual(watch.addition(description), {
    host: { startUnixMs: 1000, vmUnixMs: 2000, openedUnixMs: 2000, readyUnixMs: 3000 },
    ...words,
  });
});

test('addition() has no times of a boot that another monitor began', () => {
  const watch = new BootWatch();
  watch.note('openedUnixMs');
  watch.note('readyUnixMs');
  assert.deepEqual(watch.addition(description), words);
});
