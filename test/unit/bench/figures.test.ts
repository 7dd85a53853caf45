import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureOf, formatBytes, formatNumber, formatSummary } from '../../../bench/figures.ts';

test('figureOf() takes the median of the rounds, with their spread', () => {
  assert.deepEqual(figureOf('a/b', 'ms', [10, 12, 11], false), {
    name: 'a/b',
    value: 11,
    unit: 'ms',
    spreadPercent: (2 / 11) * 100,
    deterministic: false,
  });
});

test('figureOf() tells no spread of one round', () => {
  assert.deepEqual(figureOf('a', 'bytes', [7], true), {
    name: 'a',
    value: 7,
    unit: 'bytes',
    deterministic: true,
  });
});

test('figureOf() refuses no rounds', () => {
  assert.throws(() => figureOf('a', 'count', [], true), RangeError);
});

test('numbers are written with as many digits as help', () => {
  assert.equal(formatNumber(5_480_847.6), '5,480,848');
  assert.equal(formatNumber(69.94), '69.9');
  assert.equal(formatSummary({ median: 2000, lowest: 1900, highest: 2100 }), '2,000 (±5.0 %)');
  assert.equal(formatBytes(1536), '1.5 KiB');
  assert.equal(formatBytes(-512), '-0.5 KiB');
  assert.equal(formatBytes(75.7 * 1024 ** 2), '75.7 MiB');
});
