import type { Native, OperationFailure } from '../../addon/native.ts';
import type { Plan } from '../../addon/plan.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Log } from '../log/log.ts';

/** Turns a failed operation into an error that names it, its arguments and the errno. */
export function operationError(plan: Plan, failure: OperationFailure): FirstbornError {
  const { site, ...system } = plan.describeFailure(failure);
  const what = [system.syscall, ...system.arguments].join(' ');
  const cause = new Error(site === undefined ? system.code : `${system.code} (${site})`);
  return new FirstbornError('guest', `Cannot ${what}`, { cause, system });
}

/** Logs what a plan was told to go on after. */
export function logWarnings(log: Log, plan: Plan, warnings: readonly OperationFailure[]): void {
  for (const warning of warnings) {
    const { syscall, code, arguments: words } = plan.describeFailure(warning);
    log.warn(
      { operation: syscall, arguments: words, errno: code },
      'an operation failed; going on without it',
    );
  }
}

/** Runs a plan in this process. Throws a FirstbornError of code `guest` when an operation fails. */
export function runPlan(native: Native, log: Log, plan: Plan): void {
  const result = native.runPlan(plan.bytes());
  logWarnings(log, plan, result.warnings);
  if (result.state === 'failed') throw operationError(plan, result.failure);
}
