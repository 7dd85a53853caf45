import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RestartCounter } from '../../../../host/monitor/restart-policy.ts';

const failed = { code: 1, reason: 'exited' } as const;
const succeeded = { code: 0, reason: 'exited' } as const;
const stay = { state: 'stay' };

describe('RestartCounter', () => {
  it('never restarts without a policy', () => {
    assert.deepEqual(new RestartCounter({ policy: 'no' }).decide(failed, 0), stay);
  });

  it('restarts failures alone with "on-failure"', () => {
    const counter = new RestartCounter({ policy: 'on-failure' });
    assert.deepEqual(counter.decide(succeeded, 0), stay);
    assert.deepEqual(counter.decide(failed, 0), { state: 'restart', delayMs: 100 });
    assert.deepEqual(counter.decide({ code: 125, reason: 'failed' }, 0), { state: 'restart', delayMs: 200 });
  });

  it('restarts at most so often in a row', () => {
    const counter = new RestartCounter({ policy: 'on-failure', maxRetries: 1 });
    assert.equal(counter.decide(failed, 0).state, 'restart');
    assert.deepEqual(counter.decide(failed, 0), stay);
  });

  it('doubles the delay up to a minute', () => {
    const counter = new RestartCounter({ policy: 'always' });
    const delays = Array.from({ length: 12 }, () => {
      const decision = counter.decide(succeeded, 0);
      return decision.state === 'restart' ? decision.delayMs : undefined;
    });
    assert.deepEqual(delays.slice(0, 4), [100, 200, 400, 800]);
    assert.deepEqual(delays.slice(-2), [60_000, 60_000]);
  });

  it('forgets failures after a run of ten seconds', () => {
    const counter = new RestartCounter({ policy: 'on-failure', maxRetries: 1 });
    counter.decide(failed, 0);
    assert.deepEqual(counter.decide(failed, 10_000), { state: 'restart', delayMs: 100 });
  });

  for (const reason of ['not-started', 'killed'] as const) {
    it(`does not restart what has ended as ${reason}`, () => {
      assert.deepEqual(new RestartCounter({ policy: 'always' }).decide({ code: 127, reason }, 0), stay);
    });
  }
});
