import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { compileSeccomp } from '../../../../../init/container/seccomp/compile.ts';
import {
  seccompActions,
  seccompOperators,
  type SpecSeccomp,
  type SpecSyscall,
} from '../../../../../protocol/oci/runtime-spec.ts';
import { checkProgram, runFilter, type SeccompData } from '../../../../support/bpf-interpreter.ts';
import { audit, expectedReturn, numbersOf, x32 } from '../../../../support/seccomp-model.ts';

/** Existing everywhere, or only somewhere, or under another number, or behind socketcall and ipc, or nowhere. */
const names =
  `read write getuid clone openat personality execve fchmodat2 socket bind accept semop shmget socketcall
  ipc chown32 open set_tls uretprobe no_such_call`.split(/\s+/);
/** The edges of 32 and of 64 bits. */
const interesting = [0n, 1n, 2n, 5n, 2n ** 31n, 2n ** 32n, 2n ** 63n, 2n ** 64n].flatMap((value) =>
  [value - 1n, value, value + 1n].filter((near) => near >= 0n && near < 2n ** 64n),
);
const anyValue = fc.oneof(fc.constantFrom(...interesting), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const anyCondition = fc.record({
  index: fc.nat(5),
  value: fc.oneof(anyValue, fc.nat(40)),
  valueTwo: fc.option(anyValue, { nil: undefined }),
  op: fc.constantFrom(...seccompOperators),
});
const anyAction = fc
  .constantFrom(...seccompActions.filter((action) => action !== 'SCMP_ACT_NOTIFY'))
  .chain((action) =>
    fc.record({
      action: fc.constant(action),
      errnoRet:
        action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE'
          ? fc.option(fc.nat(4095), { nil: undefined })
          : fc.constant(undefined),
    }),
  );
const anyRule: fc.Arbitrary<SpecSyscall> = fc
  .tuple(
    anyAction,
    fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
    fc.array(anyCondition, { maxLength: 3 }),
  )
  .map(([action, ruleNames, args]) => ({ ...action, names: ruleNames, args }));
const architectureNames = ['X86_64', 'X86', 'X32', 'ARM', 'AARCH64', 'S390X'].map(
  (name) => `SCMP_ARCH_${name}`,
);
const anyProfile: fc.Arbitrary<SpecSeccomp> = fc
  .tuple(anyAction, fc.subarray(architectureNames), fc.array(anyRule, { maxLength: 8 }))
  .map(([{ action, errnoRet }, architectures, syscalls]) => ({
    defaultAction: action,
    defaultErrnoRet: errnoRet,
    architectures,
    syscalls,
  }));

/** Numbers of calls that profiles name, their neighbours, and the edges of what an architecture can have. */
const knownNumbers = (['X86_64', 'X86', 'X32', 'ARM', 'AARCH64'] as const).flatMap((name) => {
  const numbers = numbersOf(`SCMP_ARCH_${name}`);
  return names.flatMap((call) => numbers.get(call) ?? []);
});
const anyNumber = fc.oneof(
  fc.constantFrom(...knownNumbers),
  fc.constantFrom(...knownNumbers.map((number) => number + 1)),
  fc.constantFrom(x32 - 1, x32, 2 * x32 - 1, 2 * x32, 3 * x32 - 1, 3 * x32, 2 ** 32 - 2, 2 ** 32 - 1),
  fc.nat(600),
);
const anyCall: fc.Arbitrary<SeccompData> = fc.record({
  architecture: fc.constantFrom(...Object.values(audit), 0x8000_0016),
  number: anyNumber,
  arguments: fc.array(anyValue, { minLength: 6, maxLength: 6 }),
});

const flagsOf = (flags: string[] | undefined): number =>
  compileSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', flags }, { architecture: 'x64' }).flags;

describe('compileSeccomp()', () => {
  for (const architecture of ['x64', 'arm64'] as const) {
    it(`makes programs that decide what profiles say, on ${architecture}`, () => {
      const property = fc.property(
        anyProfile,
        fc.array(anyCall, { minLength: 10, maxLength: 30 }),
        (seccomp, calls) => {
          const { program } = compileSeccomp(seccomp, { architecture });
          checkProgram(program);
          for (const call of calls) {
            assert.equal(runFilter(program, call).value, expectedReturn(seccomp, architecture, call));
          }
        },
      );
      fc.assert(property, { numRuns: 150 });
    });
  }

  it('finds any call by a few comparisons in a profile of all calls', () => {
    const all = [...numbersOf('SCMP_ARCH_X86_64').keys()];
    const syscalls: SpecSyscall[] = all.map((name, index) => ({
      names: [name],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: index + 1,
    }));
    const { program } = compileSeccomp({ defaultAction: 'SCMP_ACT_KILL', syscalls }, { architecture: 'x64' });
    checkProgram(program);
    for (const [name, number] of numbersOf('SCMP_ARCH_X86_64')) {
      const found = runFilter(program, { architecture: audit.x64, number, arguments: [] });
      assert.equal(found.value, 0x5_0001 + all.indexOf(name), name);
      assert.ok(found.steps < 30, `${found.steps} steps for ${name}`);
    }
  });

  it('compiles a thousand rules for one call', () => {
    const syscalls: SpecSyscall[] = Array.from({ length: 1000 }, (_, index) => ({
      names: ['ioctl'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 1, value: index * 2, op: 'SCMP_CMP_EQ' }],
    }));
    const { program } = compileSeccomp(
      { defaultAction: 'SCMP_ACT_ERRNO', syscalls },
      { architecture: 'x64' },
    );
    checkProgram(program);
    for (const value of [0n, 1n, 998n, 1998n, 1999n, 2000n]) {
      const call = { architecture: audit.x64, number: 16, arguments: [0n, value] };
      const isNamed = value % 2n === 0n && value < 2000n;
      assert.equal(runFilter(program, call).value, isNamed ? 0x7fff_0000 : 0x5_0001, `${value}`);
    }
  });

  it('turns flags into those of seccomp(2)', () => {
    const flags = ['TSYNC', 'LOG', 'SPEC_ALLOW', 'WAIT_KILLABLE_RECV'].map(
      (name) => `SECCOMP_FILTER_FLAG_${name}`,
    );
    assert.equal(flagsOf(undefined), 0);
    assert.equal(flagsOf(flags.slice(0, 1)), 1);
    assert.equal(flagsOf(flags.slice(0, 3)), 7);
    assert.equal(flagsOf(flags.slice(3)), 0);
  });
});
