import type { Native } from '../../addon/native.ts';
import { type HealthPlan, healthPlan } from '../../protocol/health.ts';
import type { EventBody } from '../../protocol/messages.ts';
import type { Container } from '../container/container.ts';
import type { Log } from '../log/log.ts';
import type { GuestConfig } from '../phases/config.ts';
import { type CheckDependencies, type CheckResult, makeHealthCheck } from './health-check.ts';
import { judge, pauseMs, startingHealth } from './health-state.ts';

export interface HealthDependencies {
  native: Native;
  log: Log;
  freezer: CheckDependencies['freezer'] & { readonly frozen: boolean };
  announce: (body: EventBody) => void;
}

type CheckedContainer = Pick<Container, 'id' | 'running' | 'stopping'> & Pick<CheckDependencies, 'execs'>;

/**
 * Checks a container's health from now to its end, or to the beginning of its stop, and announces what comes of it: that
 * it starts, the first result, and every change. One check at a time, each an interval after the last; none while the
 * machine is frozen, and none is made up for later.
 */
export function watchHealth(
  { native, log, freezer, announce }: HealthDependencies,
  plan: HealthPlan,
  container: CheckedContainer,
): void {
  const startedMs = performance.now();
  const runCheck = makeHealthCheck({ native, execs: container.execs, freezer }, plan);
  let health = startingHealth;
  let isJudged = false;

  const isOver = (): boolean => container.stopping || !container.running;

  const tell = (result?: CheckResult): void => {
    const { exitCode, output } = result ?? {};
    announce({
      event: 'health',
      container: container.id,
      ...health,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(output === undefined ? {} : { output }),
    });
  };

  const take = (result: CheckResult, beganMs: number): void => {
    const before = health.status;
    health = judge(health, { passed: result.exitCode === 0, sinceStartMs: beganMs - startedMs }, plan);
    if (isJudged && health.status === before) return;
    isJudged = true;
    log.info({ ...health, exitCode: result.exitCode }, 'the health of the container');
    tell(result);
  };

  const check = async (): Promise<void> => {
    const beganMs = performance.now();
    const result = await runCheck();
    if (isOver()) return;
    // What was stopped in the middle may have failed for that alone.
    if (result.exitCode === 0 || !freezer.wasAtRestSince(beganMs)) take(result, beganMs);
  };

  const planNext = (): void => {
    setTimeout(() => void turn(), pauseMs(plan, health, performance.now() - startedMs)).unref();
  };

  const turn = async (): Promise<void> => {
    if (isOver()) return;
    if (!freezer.frozen) await check();
    planNext();
  };

  tell();
  planNext();
}

/** Watches over the health of a container whose image or launch config has a check; without one, nothing happens. */
export function superviseHealth(
  dependencies: HealthDependencies,
  { image, launch }: GuestConfig,
  container: CheckedContainer,
): void {
  const plan = healthPlan(image, launch);
  if (plan !== undefined) watchHealth(dependencies, plan, container);
}
