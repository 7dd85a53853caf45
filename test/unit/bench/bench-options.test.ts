import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBenchOptions } from '../../../bench/bench-options.ts';

const words = { summary: 'Measures.', options: { rounds: { default: 3, help: 'rounds' } } };

test('parseBenchOptions() takes numbers and --json, and has defaults', () => {
  assert.deepEqual(parseBenchOptions([], words), { rounds: 3, json: false });
  assert.deepEqual(parseBenchOptions(['--rounds', '7', '--json'], words), { rounds: 7, json: true });
});

test('parseBenchOptions() gives nothing when help is asked for', () => {
  assert.equal(parseBenchOptions(['--help'], words), undefined);
});

for (const value of ['0', '-1', '1.5', 'x', '', '1000001']) {
  test(`parseBenchOptions() refuses "${value}" for a number`, () => {
    assert.throws(() => parseBenchOptions([`--rounds=${value}`], words), {
      code: 'usage',
      message: `Cannot take "${value}" for --rounds: expected a whole number from 1 to 1000000`,
    });
  });
}

test('parseBenchOptions() refuses options that the bench does not have', () => {
  assert.throws(() => parseBenchOptions(['--turns', '3'], words), { code: 'usage' });
});
