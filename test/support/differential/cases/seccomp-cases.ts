import type { SeccompAction, SpecSeccomp, SpecSyscall } from '../../../../protocol/oci/runtime-spec.ts';
import { asking, type DifferentialCase } from '../differential-case.ts';
import { neededSystemCalls } from './seccomp-allowances.ts';

const native = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];

function filtered(name: string, seccomp: SpecSeccomp, words: string[]): DifferentialCase {
  return asking(name, words, (spec) => {
    spec.linux.seccomp = { architectures: native, ...seccomp };
  });
}

/** A filter that allows all but some calls. */
function except(
  name: string,
  syscalls: SpecSyscall[],
  words: string[],
  more: Partial<SpecSeccomp> = {},
): DifferentialCase {
  return filtered(name, { defaultAction: 'SCMP_ACT_ALLOW', syscalls, ...more }, words);
}

const onGetpriority = (action: SeccompAction, errnoRet?: number): SpecSyscall => ({
  names: ['getpriority'],
  action,
  ...(errnoRet === undefined ? {} : { errnoRet }),
});
const tryIt = ['try=syscall:getpriority:0:0', 'try=syscall:getppid'];

/** Nothing of a flag can be seen from inside. */
function withFlags(flags: string[]): DifferentialCase {
  const plain = except('a filter with flags', [onGetpriority('SCMP_ACT_ERRNO')], tryIt);
  const { seccomp } = plain.spec.linux ?? {};
  if (seccomp === undefined) throw new Error('the plain case has a filter');
  return {
    ...plain,
    spec: { ...plain.spec, linux: { ...plain.spec.linux, seccomp: { ...seccomp, flags } } },
    substitute: { spec: plain.spec, facts: {}, reason: 'runc 1.1.5 refuses all flags' },
  };
}

const actions: DifferentialCase[] = [
  except('a call is refused', [onGetpriority('SCMP_ACT_ERRNO')], tryIt),
  except('a call is refused with an errno', [onGetpriority('SCMP_ACT_ERRNO', 38)], tryIt),
  except('a call is refused with the errno 0', [onGetpriority('SCMP_ACT_ERRNO', 0)], tryIt),
  except('a call kills', [onGetpriority('SCMP_ACT_KILL')], tryIt),
  except('a call kills its thread', [onGetpriority('SCMP_ACT_KILL_THREAD')], tryIt),
  except('a call kills its process', [onGetpriority('SCMP_ACT_KILL_PROCESS')], tryIt),
  except('a call traps', [onGetpriority('SCMP_ACT_TRAP')], tryIt),
  except('a call is traced and nobody traces', [onGetpriority('SCMP_ACT_TRACE')], tryIt),
  except('a call is logged', [onGetpriority('SCMP_ACT_LOG')], tryIt),
  except(
    'a call that no kernel has',
    [{ names: ['no_such_call', 'getpriority'], action: 'SCMP_ACT_ERRNO' }],
    tryIt,
  ),
  withFlags(['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'SECCOMP_FILTER_FLAG_TSYNC']),
];

const comparing = (
  name: string,
  args: NonNullable<SpecSyscall['args']>,
  tries: readonly string[],
): DifferentialCase =>
  except(
    name,
    [{ names: ['getpgid'], action: 'SCMP_ACT_ERRNO', errnoRet: 95, args }],
    tries.map((word) => `try=syscall:getpgid:${word}`),
  );

/** getpgid(2) takes a number and does nothing; arguments behind its only one are ignored by the kernel. */
const numbers = ['0:0', '0:1', '0:2', '0:3', '0:0x100000001', '0:0xffffffff', '0:0xffffffffffffffff'];
const argumentCases: DifferentialCase[] = [
  comparing('an argument is equal', [{ index: 1, value: 2, op: 'SCMP_CMP_EQ' }], numbers),
  comparing('an argument is not equal', [{ index: 1, value: 2, op: 'SCMP_CMP_NE' }], numbers),
  comparing('an argument is less', [{ index: 1, value: 2, op: 'SCMP_CMP_LT' }], numbers),
  comparing('an argument is at most', [{ index: 1, value: 2, op: 'SCMP_CMP_LE' }], numbers),
  comparing('an argument is more', [{ index: 1, value: 2, op: 'SCMP_CMP_GT' }], numbers),
  comparing('an argument is at least', [{ index: 1, value: 0x1_0000_0001, op: 'SCMP_CMP_GE' }], numbers),
  comparing(
    'an argument has bits',
    [{ index: 1, value: 0x3, valueTwo: 0x1, op: 'SCMP_CMP_MASKED_EQ' }],
    numbers,
  ),
  comparing(
    'two arguments of one rule',
    [
      { index: 1, value: 1, op: 'SCMP_CMP_EQ' },
      { index: 2, value: 7, op: 'SCMP_CMP_EQ' },
    ],
    ['0:1:7', '0:1:8', '0:2:7'],
  ),
  except(
    'two rules of one call',
    [1, 2].map((value) => ({
      names: ['getpgid'],
      action: 'SCMP_ACT_ERRNO' as const,
      errnoRet: 90 + value,
      args: [{ index: 1, value, op: 'SCMP_CMP_EQ' as const }],
    })),
    numbers.map((word) => `try=syscall:getpgid:${word}`),
  ),
];

const denying = (name: string, defaults: Omit<SpecSeccomp, 'syscalls'>, words: string[]): DifferentialCase =>
  filtered(name, { ...defaults, syscalls: [{ names: neededSystemCalls, action: 'SCMP_ACT_ALLOW' }] }, words);

const foreign = [
  'try=syscall:0x40000027',
  'try=syscall:100000',
  'try=syscall:mount',
  'try=syscall:getpgid:0',
];
const defaults: DifferentialCase[] = [
  denying('everything else is refused', { defaultAction: 'SCMP_ACT_ERRNO' }, foreign),
  denying(
    'everything else is refused with an errno',
    { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 },
    foreign,
  ),
  denying('everything else kills the process', { defaultAction: 'SCMP_ACT_KILL_PROCESS' }, foreign),
  denying('everything else traps', { defaultAction: 'SCMP_ACT_TRAP' }, foreign),
  denying(
    'the 64-bit architecture alone',
    { defaultAction: 'SCMP_ACT_ERRNO', architectures: ['SCMP_ARCH_X86_64'] },
    [...foreign, 'try=syscall32:20'],
  ),
  denying('all three architectures', { defaultAction: 'SCMP_ACT_ERRNO' }, [
    ...foreign,
    'try=syscall32:20',
    'try=syscall32:132',
  ]),
];

const privileges: DifferentialCase[] = [
  asking('a filter of a process that may gain privileges', tryIt, (spec) => {
    spec.process.noNewPrivileges = false;
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: native,
      syscalls: [onGetpriority('SCMP_ACT_ERRNO')],
    };
  }),
  asking('a filter of a user', tryIt, (spec) => {
    spec.process.user = { uid: 1000, gid: 1001 };
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: native,
      syscalls: [onGetpriority('SCMP_ACT_ERRNO')],
    };
  }),
  asking('a filter of a user that may gain privileges', tryIt, (spec) => {
    spec.process.user = { uid: 1000, gid: 1001 };
    spec.process.noNewPrivileges = false;
    spec.linux.seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: native,
      syscalls: [onGetpriority('SCMP_ACT_ERRNO')],
    };
  }),
  filtered('an empty filter', { defaultAction: 'SCMP_ACT_ALLOW' }, tryIt),
];

/** `linux.seccomp`, by really calling. */
export const seccompCases = [...actions, ...argumentCases, ...defaults, ...privileges];
