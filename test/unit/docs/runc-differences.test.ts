import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { differentialCases } from '../../support/differential/configs.ts';
import {
  differenceRow,
  expectedDifference,
  expectedDifferences,
} from '../../support/differential/expected-differences.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/runc-differences.md'), 'utf8');

/** The rows of the table below a heading, without its head. */
function rowsBelow(heading: string): string[] {
  const section = text.split('\n## ').find((part) => part.startsWith(heading)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
}

describe('docs/runc-differences.md', () => {
  it('has the table of expected differences', () => {
    assert.deepEqual(rowsBelow('Meant'), expectedDifferences.map(differenceRow));
  });

  it('has every case in which runc is not the oracle', () => {
    const substituted = differentialCases.filter(({ substitute }) => substitute !== undefined);
    assert.deepEqual(
      rowsBelow('Where runc 1.1'),
      substituted.map(({ name, substitute }) => `| ${name} | ${substitute?.reason} |`),
    );
  });
});

describe('differentialCases', () => {
  it('are more than eighty, each with a name of its own', () => {
    assert.ok(differentialCases.length >= 80);
    assert.equal(new Set(differentialCases.map(({ name }) => name)).size, differentialCases.length);
  });
});

describe('expectedDifference()', () => {
  const entry = { keys: 'mounts./a*', cases: 'a *', runc: 'x(1)', firstborn: 'nothing', reason: '' };
  const difference = { key: 'mounts./abc', runc: 'x(1)', firstborn: undefined };

  it('finds an entry by key, case and both values', () => {
    assert.equal(expectedDifference('a case', difference, [entry]), entry);
  });

  it('does not find one for another key, case or value', () => {
    assert.equal(expectedDifference('the case', difference, [entry]), undefined);
    assert.equal(expectedDifference('a case', { ...difference, key: 'mounts./b' }, [entry]), undefined);
    assert.equal(expectedDifference('a case', { ...difference, runc: 'x1' }, [entry]), undefined);
    assert.equal(expectedDifference('a case', { ...difference, firstborn: '' }, [entry]), undefined);
  });
});
