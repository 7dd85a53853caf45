import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthBetween, growthPerCycle, leastOccupation } from '../../../../bench/containers/growth.ts';

const moment = (usedBytes: number, heapBytes = usedBytes) => ({
  availableBytes: 1000 - usedBytes,
  initResidentBytes: usedBytes,
  initHeapBytes: heapBytes,
  initDescriptors: 30,
});

test('growthBetween() divides what has been added', () => {
  assert.deepEqual(growthBetween(moment(100), moment(300), 10), {
    usedBytes: 20,
    initResidentBytes: 20,
    initHeapBytes: 20,
    initDescriptors: 0,
  });
});

test('leastOccupation() finds the least of each part by itself', () => {
  const least = leastOccupation([moment(300, 100), moment(100, 300)]);
  assert.deepEqual(least, {
    availableBytes: 900,
    initResidentBytes: 100,
    initHeapBytes: 100,
    initDescriptors: 30,
  });
  assert.throws(() => leastOccupation([]), RangeError);
});

test('growthPerCycle() does not take garbage that comes and goes for growth', () => {
  const sawtooth = [100, 500, 100, 500, 100, 500, 100, 500].map((used) => moment(used));
  assert.equal(growthPerCycle(sawtooth, 10).usedBytes, 0);
});

test('growthPerCycle() finds what each cycle leaves behind', () => {
  const rising = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => moment(100 + index * 50));
  assert.equal(growthPerCycle(rising, 10).usedBytes, 5);
});
