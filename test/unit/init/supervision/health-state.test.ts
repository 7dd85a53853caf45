import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { judge, pauseMs, startingHealth } from '../../../../init/supervision/health-state.ts';
import { defaultHealth, type HealthPlan } from '../../../../protocol/health.ts';

const makePlan = (changes: Partial<HealthPlan> = {}): HealthPlan => ({
  args: ['probe'],
  ...defaultHealth,
  ...changes,
});

/** What a row of checks leads to: `+` passes, `-` fails, `~` fails in the start period. */
function afterChecks(checks: string, retries: number): string[] {
  const plan = makePlan({ retries, startPeriodMs: 1000 });
  let health = startingHealth;
  return checks.split('').map((mark) => {
    health = judge(health, { passed: mark === '+', sinceStartMs: mark === '~' ? 999 : 1000 }, plan);
    return `${health.status} ${health.failingStreak}`;
  });
}

for (const [checks, retries, states] of [
  ['+', 3, ['healthy 0']],
  ['---', 3, ['starting 1', 'starting 2', 'unhealthy 3']],
  ['-', 1, ['unhealthy 1']],
  ['~~~~-', 1, ['starting 0', 'starting 0', 'starting 0', 'starting 0', 'unhealthy 1']],
  ['+--+', 3, ['healthy 0', 'healthy 1', 'healthy 2', 'healthy 0']],
  ['+~~~', 3, ['healthy 0', 'healthy 1', 'healthy 2', 'unhealthy 3']],
  ['----+', 2, ['starting 1', 'unhealthy 2', 'unhealthy 3', 'unhealthy 4', 'healthy 0']],
] as const) {
  test(`judge() makes of ${checks}, with ${retries} retries, ${states.join(', ')}`, () =>
    assert.deepEqual(afterChecks(checks, retries), states));
}

test('judge() follows from the whole history what Docker would', () => {
  const outcomes = fc.array(fc.record({ passed: fc.boolean(), sinceStartMs: fc.nat(100) }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(outcomes, fc.nat(100), fc.integer({ min: 1, max: 5 }), (row, startPeriodMs, retries) => {
      const plan = makePlan({ startPeriodMs, retries });
      const health = row.reduce((state, outcome) => judge(state, outcome, plan), startingHealth);
      const sinceSuccess = row.slice(row.findLastIndex(({ passed }) => passed) + 1);
      const everPassed = sinceSuccess.length < row.length;
      // Before the first success failures count from the first one on that came too late to be forgiven, unless it is
      // unhealthy: then all do.
      let streak = 0;
      for (const { sinceStartMs } of sinceSuccess)
        if (everPassed || streak >= retries || sinceStartMs >= startPeriodMs) streak += 1;
      const status = streak >= retries ? 'unhealthy' : everPassed ? 'healthy' : 'starting';
      assert.deepEqual(health, { status, failingStreak: streak });
    }),
  );
});

test('pauseMs() is the start interval in the start period, up to the first success', () => {
  const plan = makePlan({ startPeriodMs: 1000, startIntervalMs: 7, intervalMs: 9 });
  assert.equal(pauseMs(plan, startingHealth, 0), 7);
  assert.equal(pauseMs(plan, startingHealth, 999), 7);
  assert.equal(pauseMs(plan, startingHealth, 1000), 9);
  assert.equal(pauseMs(plan, { status: 'healthy', failingStreak: 0 }, 0), 9);
  assert.equal(pauseMs(makePlan(), startingHealth, 0), 30_000);
});
