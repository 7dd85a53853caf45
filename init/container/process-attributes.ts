import {
  IOPRIO_CLASS_SHIFT,
  ioPriorityClasses,
  PER_LINUX,
  PER_LINUX32,
  SCHED_NORMAL,
  schedulerFlags,
  schedulerPolicies,
} from '../../addon/constants.ts';
import type { SpecLinux, SpecProcess, SpecScheduler } from '../../protocol/oci/runtime-spec.ts';
import { refuseValue } from './refuse-value.ts';
import { wholeNumber } from './resources/limit-text.ts';

/** The members of `process` and `linux` that are one system call each, as what the call takes. All are pure. */

export { cpuMask } from './resources/cpu-list.ts';

const schedulerPath = 'process.scheduler';
/** struct sched_attr with the utilization clamps (SCHED_ATTR_SIZE_VER1), Linux 5.3. */
const schedulerAttributesBytes = 56;

function policyNumber(policy: SpecScheduler['policy']): number {
  if (policy === 'SCHED_OTHER') return SCHED_NORMAL;
  if (policy === 'SCHED_ISO') {
    return refuseValue(
      `${schedulerPath}.policy`,
      'expected a policy that Linux has, got SCHED_ISO, a reserved name',
    );
  }
  return schedulerPolicies[policy];
}

const isSchedulerFlag = (flag: string): flag is keyof typeof schedulerFlags =>
  Object.hasOwn(schedulerFlags, flag);

function flagBits(flags: readonly string[]): bigint {
  return flags.reduce((bits, flag, index) => {
    if (isSchedulerFlag(flag)) return bits | BigInt(schedulerFlags[flag]);
    return refuseValue(
      `${schedulerPath}.flags[${index}]`,
      `expected a SCHED_FLAG, got ${JSON.stringify(flag)}`,
    );
  }, 0n);
}

function priorityOf({ policy, priority = 0 }: SpecScheduler): number {
  const path = `${schedulerPath}.priority`;
  if (policy === 'SCHED_FIFO' || policy === 'SCHED_RR') return wholeNumber(priority, 1, 99, path);
  return priority === 0 ? 0 : refuseValue(path, `expected none for ${policy}, got ${priority}`);
}

/** Nanoseconds. The kernel takes a period of 0 for one as long as the deadline. */
function deadlineTimes({ policy, runtime = 0, deadline = 0, period = 0 }: SpecScheduler): bigint[] {
  const times: [member: string, value: number][] = [
    ['runtime', runtime],
    ['deadline', deadline],
    ['period', period],
  ];
  for (const [member, value] of times) {
    const path = `${schedulerPath}.${member}`;
    wholeNumber(value, 0, Number.MAX_SAFE_INTEGER, path);
    if (policy !== 'SCHED_DEADLINE' && value !== 0)
      refuseValue(path, `expected none for ${policy}, got ${value}`);
  }
  if (
    policy === 'SCHED_DEADLINE' &&
    (runtime === 0 || runtime > deadline || (period !== 0 && deadline > period))
  ) {
    refuseValue(
      schedulerPath,
      `expected 0 < runtime <= deadline <= period, got ${runtime}, ${deadline} and ${period}`,
    );
  }
  return times.map(([, value]) => BigInt(value));
}

/**
 * struct sched_attr of sched_setattr(2), for `Plan.setScheduler`. Throws a FirstbornError that names the member which
 * the kernel would refuse.
 */
export function schedulerAttributes(scheduler: SpecScheduler): Uint8Array {
  const [runtime = 0n, deadline = 0n, period = 0n] = deadlineTimes(scheduler);
  const bytes = Buffer.alloc(schedulerAttributesBytes);
  bytes.writeUInt32LE(schedulerAttributesBytes, 0);
  bytes.writeUInt32LE(policyNumber(scheduler.policy), 4);
  bytes.writeBigUInt64LE(flagBits(scheduler.flags ?? []), 8);
  bytes.writeInt32LE(wholeNumber(scheduler.nice ?? 0, -20, 19, `${schedulerPath}.nice`), 16);
  bytes.writeUInt32LE(priorityOf(scheduler), 20);
  bytes.writeBigUInt64LE(runtime, 24);
  bytes.writeBigUInt64LE(deadline, 32);
  bytes.writeBigUInt64LE(period, 40);
  return bytes;
}

/** The class and level of ioprio_set(2), for `Plan.setIoPriority`. */
export function ioPriorityNumber({
  class: priorityClass,
  priority,
}: NonNullable<SpecProcess['ioPriority']>): number {
  const level = wholeNumber(priority, 0, 7, 'process.ioPriority.priority');
  return (ioPriorityClasses[priorityClass] << IOPRIO_CLASS_SHIFT) | level;
}

/** The persona of personality(2). The specification has a list of flags but names none. */
export function personalityNumber({ domain, flags = [] }: NonNullable<SpecLinux['personality']>): number {
  if (flags.length > 0) {
    refuseValue(
      'linux.personality.flags',
      `expected no flags, as none are defined, got ${JSON.stringify(flags)}`,
    );
  }
  return domain === 'LINUX32' ? PER_LINUX32 : PER_LINUX;
}
