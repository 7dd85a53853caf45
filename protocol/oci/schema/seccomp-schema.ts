import * as z from 'zod/mini';
import { type SeccompAction, seccompActions, seccompOperators } from '../runtime-spec.ts';
import { maxSmallList, maxSyscallArguments, maxSyscallNames, maxSyscallRules } from './bounds.ts';
import { absolutePath, optionalText, text, wholeNumber } from './scalars.ts';
import { list, type Refuse, specObject } from './structures.ts';

/** The highest error number that a system call can return (MAX_ERRNO of the kernel). */
const maxErrno = 4095;
const maxTraceMessage = 0xffff;

function isExactUint64(value: unknown): value is number | bigint {
  if (typeof value === 'bigint') return value >= 0n && value < 1n << 64n;
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A filter that compares with a rounded number lets through what it was to stop. */
function exactUint64() {
  return z.pipe(
    z.unknown().check(z.refine(isExactUint64, 'expected a whole number of 64 bits, unrounded')),
    z.transform((value) => {
      const exact = value as number | bigint;
      return exact <= Number.MAX_SAFE_INTEGER ? Number(exact) : BigInt(exact);
    }),
  );
}

/** The spec wants an error where an action has no use for the number. */
function errnoFits(action: SeccompAction, errno: number | undefined, property: string, refuse: Refuse): void {
  if (errno === undefined || action === 'SCMP_ACT_TRACE') return;
  if (action !== 'SCMP_ACT_ERRNO') refuse([property], `expected none with the action "${action}"`);
  else if (errno > maxErrno) refuse([property], `expected a whole number from 0 to ${maxErrno}`);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Docker's profiles have rules for some containers only. Passed over, they would be rules for all. */
function noCondition() {
  return z.optional(z.unknown().check(z.refine(isEmpty, "expected none: it is for Docker's profiles alone")));
}

function rules() {
  const condition = specObject({
    index: wholeNumber(0, 5),
    value: exactUint64(),
    valueTwo: z.optional(exactUint64()),
    op: z.enum(seccompOperators),
  });
  const name = text(64).check(
    z.refine((value) => /^[A-Za-z0-9_]+$/.test(value), 'expected the name of a system call'),
  );
  const rule = specObject(
    {
      names: list(name, maxSyscallNames, (names, refuse) => {
        if (names.length === 0) refuse([], 'expected the name of a system call');
      }),
      action: z.enum(seccompActions),
      errnoRet: z.optional(wholeNumber(0, maxTraceMessage)),
      args: z.optional(list(condition, maxSyscallArguments)),
      includes: noCondition(),
      excludes: noCondition(),
    },
    ({ action, errnoRet }, refuse) => errnoFits(action, errnoRet, 'errnoRet', refuse),
  );
  const plain = z.transform(({ includes: _in, excludes: _ex, ...rest }: z.output<typeof rule>) => rest);
  return list(z.pipe(rule, plain), maxSyscallRules);
}

export function seccomp() {
  const architecture = text(64).check(
    z.refine((value) => /^SCMP_ARCH_[A-Z0-9_]+$/.test(value), 'expected a name such as "SCMP_ARCH_X86_64"'),
  );
  const flag = z.enum([
    'SECCOMP_FILTER_FLAG_TSYNC',
    'SECCOMP_FILTER_FLAG_LOG',
    'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
    'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
  ]);
  return specObject(
    {
      defaultAction: z.enum(seccompActions),
      defaultErrnoRet: z.optional(wholeNumber(0, maxTraceMessage)),
      architectures: z.optional(list(architecture, maxSmallList)),
      flags: z.optional(list(flag, maxSmallList)),
      listenerPath: optionalText(absolutePath()),
      listenerMetadata: optionalText(text()),
      syscalls: z.optional(rules()),
    },
    ({ defaultAction, defaultErrnoRet }, refuse) =>
      errnoFits(defaultAction, defaultErrnoRet, 'defaultErrnoRet', refuse),
  );
}
