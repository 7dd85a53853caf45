import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { operations } from '../../addon/plan/operation-codes.ts';
import { type FuzzOutcome, PlanFuzzer } from '../fuzz/plan-fuzzer.ts';
import { everyOperation } from './support/every-operation.ts';

/** About 10 s; a slow machine stops earlier instead of taking longer. */
const searchRuns = 60_000;
const searchSeconds = 15;

const fuzzer = await PlanFuzzer.prepare();

/** Fails with what libFuzzer says of the input, and where that lies. */
function assertNothingFound({ exitCode, output }: FuzzOutcome): void {
  assert.equal(exitCode, 0, output.slice(-8000));
}

/** Branches of the interpreter that were met, in the line of this name. */
function coverage(output: string, line: string): number {
  const [, branches] = new RegExp(`^#\\d+\\s+${line}\\s+cov: (\\d+) `, 'm').exec(output) ?? [];
  assert.ok(branches !== undefined, `no line "${line}" in ${output.slice(-2000)}`);
  return Number(branches);
}

describe('the interpreter on a kernel that answers anything', () => {
  it('is fuzzed from plans with every operation', () => {
    const names = everyOperation()
      .describe()
      .map(({ name }) => name);
    assert.deepEqual(names, Object.keys(operations));
  });

  it('survives every plan of init and every case that was found before', async () => {
    const outcome = await fuzzer.replay();
    assertNothingFound(outcome);
    const executed = outcome.output.match(/^Executed .* in \d+ ms$/gm) ?? [];
    assert.ok(executed.length >= fuzzer.seedCount, `${executed.length} inputs were run`);
  });

  it(`survives ${searchRuns} changed plans and meets more of itself than by the plans of init`, async () => {
    const outcome = await fuzzer.search(searchRuns, searchSeconds);
    assertNothingFound(outcome);
    const atFirst = coverage(outcome.output, 'INITED');
    const atLast = coverage(outcome.output, 'DONE');
    assert.ok(atFirst > 200, `the seeds met ${atFirst} branches`);
    assert.ok(atLast > atFirst * 1.1, `the search came from ${atFirst} branches to ${atLast}`);
  });
});
