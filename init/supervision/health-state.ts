import type { HealthPlan, HealthStatus } from '../../protocol/health.ts';

/** What the checks of a workload have come to. */
export interface HealthState {
  status: HealthStatus;
  /** Failures in a row, those of the start period aside. */
  failingStreak: number;
}

/** Before the first check. */
export const startingHealth: HealthState = { status: 'starting', failingStreak: 0 };

/** One check that has ended. */
export interface CheckOutcome {
  passed: boolean;
  /** From the start of the container to that of the check. */
  sinceStartMs: number;
}

/**
 * What follows from a check, by Docker's rules: a success makes it healthy whenever it comes; failures of one that was
 * never healthy do not count in the start period; as many failures in a row as `retries` make it unhealthy. Pure.
 */
export function judge(
  state: HealthState,
  { passed, sinceStartMs }: CheckOutcome,
  plan: HealthPlan,
): HealthState {
  if (passed) return { status: 'healthy', failingStreak: 0 };
  if (state.status === 'starting' && sinceStartMs < plan.startPeriodMs) return state;
  const failingStreak = state.failingStreak + 1;
  return { status: failingStreak >= plan.retries ? 'unhealthy' : state.status, failingStreak };
}

/** How long to wait for the next check, `sinceStartMs` after the start of the container. Pure. */
export function pauseMs(plan: HealthPlan, { status }: HealthState, sinceStartMs: number): number {
  const isStarting = status === 'starting' && sinceStartMs < plan.startPeriodMs;
  return isStarting ? plan.startIntervalMs : plan.intervalMs;
}
