import type { Native, OperationFailure, PlanResult } from '../../addon/native.ts';
import type { Plan } from '../../addon/plan.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Log } from '../log/log.ts';

const isNumberOrFlags = (word: string): boolean => /^(-?\d+|0[0-7x][0-9a-f]*|[A-Z][A-Z0-9_|]*)$/.test(word);
const quote = (word: string): string => (isNumberOrFlags(word) ? word : `"${word}"`);

/** Says an operation as a person would: `mount "/dev/vda" at "/image" as "squashfs" (MS_RDONLY)`. */
export function phraseOperation(syscall: string, words: readonly string[]): string {
  const [source = '', target = '', type = '', ...rest] = words;
  if (syscall !== 'mount') return [syscall, ...words.filter(Boolean).map(quote)].join(' ');
  const details = rest.filter((word) => word !== '' && word !== '0').join(', ');
  return [
    `mount "${source}" at "${target}"`,
    ...(type === '' ? [] : [`as "${type}"`]),
    ...(details === '' ? [] : [`(${details})`]),
  ].join(' ');
}

/** Turns a failed operation into an error that names it, its arguments and the errno. */
export function operationError(plan: Plan, failure: OperationFailure): FirstbornError {
  const { site, ...system } = plan.describeFailure(failure);
  const cause = new Error(site === undefined ? system.code : `${system.code} in ${site}`);
  return new FirstbornError('guest', `Cannot ${phraseOperation(system.syscall, system.arguments)}`, {
    cause,
    system,
  });
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
  finishPlan(log, plan, native.runPlan(plan.bytes()));
}

/** As `runPlan`. Gives when each operation was over, in milliseconds since the kernel started. */
export function runTimedPlan(native: Native, log: Log, plan: Plan): Float64Array {
  const endTimesMs = new Float64Array(plan.length);
  finishPlan(log, plan, native.runTimedPlan(plan.bytes(), endTimesMs));
  return endTimesMs;
}

function finishPlan(log: Log, plan: Plan, result: PlanResult): void {
  logWarnings(log, plan, result.warnings);
  if (result.state === 'failed') throw operationError(plan, result.failure);
}
