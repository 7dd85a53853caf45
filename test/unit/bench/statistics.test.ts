import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadPercent, summarize } from '../../../bench/statistics.ts';

test('summarize() gives median, lowest and highest in whatever order the rounds came', () => {
  assert.deepEqual(summarize([10, 2, 9]), { median: 9, lowest: 2, highest: 10 });
});

test('summarize() takes the mean of the two in the middle', () => {
  assert.deepEqual(summarize([4, 1, 2, 30]), { median: 3, lowest: 1, highest: 30 });
});

test('summarize() refuses no rounds', () => {
  assert.throws(() => summarize([]), RangeError);
});

test('spreadPercent() is the whole range in percent of the median', () => {
  assert.equal(spreadPercent({ median: 50, lowest: 45, highest: 55 }), 20);
  assert.equal(spreadPercent({ median: 0, lowest: 0, highest: 0 }), 0);
});
