import { ProcessOperations } from './plan/process-operations.ts';

/**
 * A plan: a list of operations that the native interpreter runs, in this process (`native.runPlan`) or
 * between clone and exec in a child (`native.spawn`). Every method appends one operation, takes a tolerance
 * as its last parameter and returns the plan:
 *
 *     const plan = new Plan()
 *       .makeDirectory('/proc', 0o555, { accept: ['EEXIST'] })
 *       .mount({ source: 'proc', target: '/proc', type: 'proc', flags: MS_NOSUID | MS_NOEXEC });
 *     const result = native.runPlan(plan.bytes());
 *     if (result.state === 'failed') throw asError(plan.describeFailure(result.failure));
 *
 * Values of the wrong type throw TypeError, values out of range RangeError, at the call that appends them.
 * Slots, 0 to 127, hold descriptors that the plan opened; they are CLOEXEC and closed when the plan ends. The
 * methods are spread over a chain of classes below `plan/` by subject, one file each.
 */
export class Plan extends ProcessOperations {}

export type { WriteFileOptions } from './plan/file-operations.ts';
export type { FailureDescription, OperationText, PlanOptions, Tolerance } from './plan/plan-base.ts';
export type { CapabilitySets } from './plan/process-operations.ts';
export type { MountRequest } from './plan/system-operations.ts';
export { errnoName, type ErrnoName, errnoValues } from './plan/errno-names.ts';
export { slotCount } from './plan/limits.ts';
