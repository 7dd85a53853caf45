import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bench } from '../../../bench/bench.ts';
import { parseRunOptions, runHelp } from '../../../bench/run-options.ts';

const bench = (name: string): Bench => ({
  name,
  summary: `measures ${name}`,
  run: () => Promise.reject(new Error('not run')),
});
const known = [bench('cold-start'), bench('memory')];

const namesOf = (words: readonly string[]): string[] | undefined =>
  parseRunOptions(words, known)?.benches.map(({ name }) => name);

test('without a name all benches run, with names those, in their usual order', () => {
  assert.deepEqual(namesOf([]), ['cold-start', 'memory']);
  assert.deepEqual(namesOf(['memory', 'cold-start']), ['cold-start', 'memory']);
  assert.deepEqual(namesOf(['memory']), ['memory']);
});

test('the flags are off until they are given', () => {
  const { benches: _benches, ...flags } = parseRunOptions(['--quick', '--json'], known) ?? { benches: [] };
  assert.deepEqual(flags, { json: true, quick: true, keep: false });
});

test('a bench that is not there is refused with those that are', () => {
  assert.throws(() => parseRunOptions(['warm'], known), /"warm": expected cold-start, memory/);
});

test('the result of a quick run is not kept, and an unknown option is refused', () => {
  assert.throws(
    () => parseRunOptions(['--quick', '--keep'], known),
    /Cannot keep the results of a quick run/,
  );
  assert.throws(() => parseRunOptions(['--fast'], known), /Cannot read the options/);
});

test('help names every bench', () => {
  assert.equal(parseRunOptions(['--help'], known), undefined);
  assert.match(runHelp(known), /^ {2}memory {6}measures memory$/m);
});
