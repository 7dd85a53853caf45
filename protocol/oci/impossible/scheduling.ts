import type { RuntimeSpec, SpecScheduler } from '../runtime-spec.ts';
import { type Findings, isSet } from './findings.ts';

const place = 'process.scheduler';
/** What sched_setattr(2) takes as the shortest run time, in nanoseconds. */
const minRuntimeNs = 1024;

/** 0 < run time <= deadline <= period (sched(7)); no period means that of the deadline. */
function checkDeadline({ runtime = 0, deadline = 0, period = 0 }: SpecScheduler, findings: Findings): void {
  if (runtime < minRuntimeNs) findings.refuse(`${place}.runtime`, `expected at least ${minRuntimeNs} ns`);
  if (deadline < runtime) findings.refuse(`${place}.deadline`, 'expected no less than "runtime"');
  if (period !== 0 && period < deadline)
    findings.refuse(`${place}.period`, 'expected no less than "deadline"');
}

function refuseTimes(scheduler: SpecScheduler, findings: Findings): void {
  for (const name of ['runtime', 'deadline', 'period'] as const) {
    if (isSet(scheduler[name])) findings.refuse(`${place}.${name}`, 'expected the policy "SCHED_DEADLINE"');
  }
}

/** Combinations that sched_setattr(2) refuses. */
export function checkScheduler({ process }: RuntimeSpec, findings: Findings): void {
  const scheduler = process?.scheduler;
  if (scheduler === undefined) return;
  const { policy, priority = 0 } = scheduler;
  if (policy === 'SCHED_ISO') findings.refuse(`${place}.policy`, 'Linux has never had "SCHED_ISO"');
  const isRealtime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
  if (isRealtime && priority === 0)
    findings.refuse(`${place}.priority`, `expected 1 to 99 with the policy "${policy}"`);
  if (!isRealtime && priority !== 0)
    findings.refuse(`${place}.priority`, 'expected the policy "SCHED_FIFO" or "SCHED_RR"');
  if (policy === 'SCHED_DEADLINE') checkDeadline(scheduler, findings);
  else refuseTimes(scheduler, findings);
}
