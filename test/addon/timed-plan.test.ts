import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Plan } from '../../addon/plan.ts';
import { native } from './support/native.ts';

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

describe('runTimedPlan()', () => {
  it('tells when each operation was over, by the clock of process.hrtime', () => {
    const plan = new Plan()
      .setUmask(process.umask())
      .makeDirectory('/', 0o755, { accept: ['EEXIST'] })
      .setUmask(process.umask());
    const endTimesMs = new Float64Array(4).fill(-1);
    const startMs = nowMs();
    assert.deepEqual(native.runTimedPlan(plan.bytes(), endTimesMs), { state: 'done', warnings: [] });
    const [first = 0, second = 0, third = 0, fourth] = endTimesMs;
    assert.ok(startMs <= first && first <= second && second <= third && third <= nowMs());
    assert.equal(fourth, -1);
  });

  it('tells the time of an operation that failed, and nothing of those behind it', () => {
    const plan = new Plan().makeDirectory('/', 0o755).setUmask(process.umask());
    const endTimesMs = new Float64Array(2);
    assert.equal(native.runTimedPlan(plan.bytes(), endTimesMs).state, 'failed');
    assert.ok((endTimesMs[0] ?? 0) > 0);
    assert.equal(endTimesMs[1], 0);
  });

  it('runs nothing without room for the times', () => {
    const bytes = new Plan().makeDirectory('/', 0o755).bytes();
    assert.throws(() => native.runTimedPlan(bytes, new Float64Array(0)), RangeError);
    const wrong = new Float32Array(1) as unknown as Float64Array;
    assert.throws(() => native.runTimedPlan(bytes, wrong), TypeError);
  });
});
