import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compileSeccomp } from '../../init/container/seccomp/compile.ts';
import { capabilityNames } from '../../protocol/oci/capability-names.ts';
import type { SeccompOperator, SpecSeccomp, SpecSyscall } from '../../protocol/oci/runtime-spec.ts';
import { defaultSeccomp } from '../../protocol/oci/seccomp/default-profile.ts';
import { numbersOf } from '../support/seccomp-model.ts';
import { type ChildResult, runChild } from './support/child.ts';
import { scratchDirectory } from './support/scratch.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const numbers = numbersOf(architecture === 'x64' ? 'SCMP_ARCH_X86_64' : 'SCMP_ARCH_AARCH64');
const { EPERM, ENOSYS, EDOM, ENOENT } = constants.errno;
const SIGSYS = constants.signals.SIGSYS;

const probe = join(scratchDirectory(), 'probe');
const source = join(import.meta.dirname, 'support/seccomp_probe.cc');
execFileSync('g++', ['-std=c++23', '-O1', '-Wall', '-Wextra', source, '-o', probe]);

type Call = [name: string, ...values: (number | bigint)[]];

function wordOf([name, ...values]: Call): string {
  return [numbers.get(name) ?? name, ...values].join(',');
}

/** Runs the probe behind a filter: what each call gave, and how it ended. */
async function makeCalls(
  seccomp: SpecSeccomp,
  calls: Call[],
): Promise<{ results: number[]; exit: ChildResult['exit'] }> {
  const { program, flags } = compileSeccomp(seccomp, { architecture });
  const { output, exit, failure } = await runChild((plan) => {
    plan.setResourceLimit(4, 0, 0); // RLIMIT_CORE: SIGSYS leaves a core
    plan.setNoNewPrivileges().setSeccompFilter(program, flags);
    plan.execute([probe], ['probe', ...calls.map(wordOf)], []);
  });
  assert.equal(failure, undefined);
  return { results: output.trim().split('\n').filter(Boolean).map(Number), exit };
}

async function resultsOf(seccomp: SpecSeccomp, ...calls: Call[]): Promise<number[]> {
  const { results, exit } = await makeCalls(seccomp, calls);
  assert.deepEqual([exit.state, 'code' in exit && exit.code], ['exited', 0]);
  return results;
}

const allowAllBut = (...syscalls: SpecSyscall[]): SpecSeccomp => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls,
});

/** A rule that holds when the arguments with these indexes have these values. */
const refusedWhen = (...pairs: [index: number, value: number][]): SpecSyscall => ({
  names: ['getppid'],
  action: 'SCMP_ACT_ERRNO',
  errnoRet: ENOENT,
  args: pairs.map(([index, value]) => ({ index, value, op: 'SCMP_CMP_EQ' })),
});

const usualProfile = defaultSeccomp({ capabilities: ['CAP_SYS_CHROOT'], architecture });

describe('A compiled seccomp profile, in the kernel', () => {
  it('answers with the errno of the rule', async () => {
    const results = await resultsOf(
      allowAllBut(
        { names: ['getppid'], action: 'SCMP_ACT_ERRNO' },
        { names: ['getuid'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
        { names: ['geteuid'], action: 'SCMP_ACT_ERRNO', errnoRet: 0 },
        { names: ['getgid'], action: 'SCMP_ACT_ERRNO', errnoRet: 4095 },
      ),
      ['getppid'],
      ['getuid'],
      ['geteuid'],
      ['getgid'],
      ['getegid'],
    );
    assert.deepEqual(results, [-EPERM, -ENOSYS, 0, -4095, 0]);
  });

  for (const action of [
    'SCMP_ACT_KILL',
    'SCMP_ACT_KILL_THREAD',
    'SCMP_ACT_KILL_PROCESS',
    'SCMP_ACT_TRAP',
  ] as const) {
    it(`ends the program with SIGSYS on ${action}`, async () => {
      const { results, exit } = await makeCalls(allowAllBut({ names: ['getppid'], action }), [
        ['getegid'],
        ['getppid'],
        ['getegid'],
      ]);
      assert.deepEqual(results, [0]);
      assert.deepEqual([exit.state, 'signal' in exit && exit.signal], ['signaled', SIGSYS]);
    });
  }

  it('lets calls happen that are logged', async () => {
    const profile: SpecSeccomp = {
      defaultAction: 'SCMP_ACT_LOG',
      flags: ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'SECCOMP_FILTER_FLAG_TSYNC'],
      syscalls: [{ names: ['getuid'], action: 'SCMP_ACT_LOG' }],
    };
    assert.deepEqual(await resultsOf(profile, ['getuid'], ['getegid']), [0, 0]);
  });

  it('answers ENOSYS for a traced call without a tracer', async () => {
    const profile = allowAllBut({ names: ['getppid'], action: 'SCMP_ACT_TRACE', errnoRet: 7 });
    assert.deepEqual(await resultsOf(profile, ['getppid']), [-ENOSYS]);
  });

  it('compares arguments as numbers of 64 bits', async () => {
    const value = 0x1_0000_0001n;
    const truths: Record<SeccompOperator, (actual: bigint) => boolean> = {
      SCMP_CMP_NE: (actual) => actual !== value,
      SCMP_CMP_LT: (actual) => actual < value,
      SCMP_CMP_LE: (actual) => actual <= value,
      SCMP_CMP_EQ: (actual) => actual === value,
      SCMP_CMP_GE: (actual) => actual >= value,
      SCMP_CMP_GT: (actual) => actual > value,
      SCMP_CMP_MASKED_EQ: (actual) => (actual & value) === 0x1_0000_0000n,
    };
    const operators = Object.keys(truths) as SeccompOperator[];
    // Calls that look at no argument, one for each operator.
    const names = ['getppid', 'getuid', 'geteuid', 'getgid', 'getegid', 'gettid', 'getpid'];
    const syscalls = operators.map((op, index): SpecSyscall => {
      const args = [{ index: 5, value, valueTwo: 0x1_0000_0000n, op }];
      return { names: [names[index] ?? ''], action: 'SCMP_ACT_ERRNO', errnoRet: EDOM, args };
    });
    const actuals = [
      0n,
      1n,
      2n,
      0xffff_ffffn,
      0x1_0000_0000n,
      value,
      value + 1n,
      2n ** 63n + 1n,
      2n ** 64n - 1n,
    ];
    const asked = actuals.flatMap((actual) =>
      operators.map((op, index) => ({ actual, op, name: names[index] ?? '' })),
    );
    const results = await resultsOf(
      allowAllBut(...syscalls),
      ...asked.map(({ actual, name }): Call => [name, 9, 9, 9, 9, 9, actual]),
    );
    for (const [index, { actual, op }] of asked.entries())
      assert.equal(results[index] === -EDOM, truths[op](actual), `${actual} ${op} ${value}`);
  });

  it('wants all conditions of a rule, and one of two rules', async () => {
    const profile = allowAllBut(refusedWhen([0, 1], [1, 2]), refusedWhen([2, 3]));
    const results = await resultsOf(profile, ['getppid', 1, 2], ['getppid', 1], ['getppid', 0, 2, 3]);
    assert.deepEqual(
      results.map((result) => result === -ENOENT),
      [true, false, true],
    );
  });

  it('kills for calls of another architecture that the profile does not name', {
    skip: architecture !== 'x64',
  }, async () => {
    const getpid = numbersOf('SCMP_ARCH_X86').get('getpid');
    const rules: SpecSyscall[] = [{ names: ['getpid'], action: 'SCMP_ACT_ERRNO', errnoRet: EDOM }];
    const named = { ...allowAllBut(...rules), architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] };
    assert.deepEqual(await resultsOf(named, [`i386:${getpid}`], ['getpid']), [-EDOM, -EDOM]);
    for (const call of [`i386:${getpid}`, String(0x4000_0000 + (numbers.get('getpid') ?? 0))]) {
      const { results, exit } = await makeCalls(allowAllBut(...rules), [['getpid'], [call]]);
      assert.deepEqual(results, [-EDOM]);
      assert.deepEqual([exit.state, 'signal' in exit && exit.signal], ['signaled', SIGSYS]);
    }
  });
});

describe('The default profile, in the kernel', () => {
  it('refuses what reaches beyond a container', async () => {
    const newUser = 0x1000_0000;
    const calls: Call[] = [
      ['mount'],
      ['unshare', newUser],
      ['setns'],
      ['keyctl'],
      ['bpf'],
      ['clone', newUser],
      ['socket', 40, 1, 0],
      ['personality', 0x40_0000],
    ];
    assert.deepEqual(
      await resultsOf(usualProfile, ...calls),
      calls.map(() => -EPERM),
    );
  });

  it('says of clone3 and of calls from the future that they do not exist', async () => {
    assert.deepEqual(await resultsOf(usualProfile, ['clone3'], ['600'], ['1000']), [
      -ENOSYS,
      -ENOSYS,
      -ENOSYS,
    ]);
  });

  it('leaves a program what it needs', async () => {
    const [persona, socket, group] = await resultsOf(
      usualProfile,
      ['personality', 0xffff_ffff],
      ['socket', 2, 1, 0],
      ['getegid'],
    );
    assert.deepEqual([persona, group], [0, 0]);
    assert.ok(socket !== undefined && socket >= 0, `socket: ${socket}`);
  });

  it('is a program that the kernel takes, for any capabilities', async () => {
    for (const capabilities of [[], capabilityNames]) {
      assert.deepEqual(await resultsOf(defaultSeccomp({ capabilities, architecture }), ['getegid']), [0]);
    }
  });
});
