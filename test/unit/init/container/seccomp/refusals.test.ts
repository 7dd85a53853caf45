import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSeccomp } from '../../../../../init/container/seccomp/compile.ts';
import { FirstbornError } from '../../../../../protocol/errors.ts';
import type { SpecSeccomp } from '../../../../../protocol/oci/runtime-spec.ts';

const withRule = (rule: object): object => ({
  syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }, rule],
});
const withArgument = (argument: object): object =>
  withRule({
    names: ['read'],
    action: 'SCMP_ACT_ALLOW',
    args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ', ...argument }],
  });

const table: [profile: object, problem: string][] = [
  [{ defaultAction: 'ALLOW' }, '.defaultAction: expected an action, found "ALLOW"'],
  [
    { defaultAction: 'SCMP_ACT_NOTIFY' },
    '.defaultAction: "SCMP_ACT_NOTIFY" is not supported: nobody in the machine listens',
  ],
  [{ defaultErrnoRet: 4096 }, '.defaultErrnoRet: expected 0 to 4095, found 4096'],
  [{ defaultErrnoRet: -1 }, '.defaultErrnoRet: expected 0 to 4095, found -1'],
  [
    { defaultAction: 'SCMP_ACT_ALLOW', defaultErrnoRet: 1 },
    '.defaultErrnoRet: expected none: this action returns no number',
  ],
  [
    { architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_VAX'] },
    '.architectures[1]: expected an architecture, found "SCMP_ARCH_VAX"',
  ],
  [{ architectures: ['X86'] }, '.architectures[0]: expected an architecture, found "X86"'],
  [
    { flags: ['SECCOMP_FILTER_FLAG_NEW_LISTENER'] },
    '.flags[0]: expected a flag of seccomp(2), found "SECCOMP_FILTER_FLAG_NEW_LISTENER"',
  ],
  [{ flags: ['constructor'] }, '.flags[0]: expected a flag of seccomp(2), found "constructor"'],
  [withRule({ names: [], action: 'SCMP_ACT_ALLOW' }), '.syscalls[1].names: expected a name'],
  [
    withRule({ names: ['read', ''], action: 'SCMP_ACT_ALLOW' }),
    '.syscalls[1].names[1]: expected a name, found ""',
  ],
  [
    withRule({ names: ['read'], action: 'SCMP_ACT_DENY' }),
    '.syscalls[1].action: expected an action, found "SCMP_ACT_DENY"',
  ],
  [
    withRule({ names: ['write'], action: 'SCMP_ACT_NOTIFY' }),
    '.syscalls[1].action: "SCMP_ACT_NOTIFY" is not supported: nobody in the machine listens',
  ],
  [
    withRule({ names: ['read'], action: 'SCMP_ACT_TRACE', errnoRet: 65_536 }),
    '.syscalls[1].errnoRet: expected 0 to 65535, found 65536',
  ],
  [
    withRule({ names: ['read'], action: 'SCMP_ACT_KILL', errnoRet: 0 }),
    '.syscalls[1].errnoRet: expected none: this action returns no number',
  ],
  [
    withRule({ names: ['read'], action: 'SCMP_ACT_ERRNO', errnoRet: 1.5 }),
    '.syscalls[1].errnoRet: expected 0 to 4095, found 1.5',
  ],
  [withArgument({ index: 6 }), '.syscalls[1].args[0].index: expected 0 to 5, found 6'],
  [withArgument({ index: -1 }), '.syscalls[1].args[0].index: expected 0 to 5, found -1'],
  [withArgument({ value: -1 }), '.syscalls[1].args[0].value: expected a number of 64 bits, found -1'],
  [
    withArgument({ value: 2n ** 64n }),
    '.syscalls[1].args[0].value: expected a number of 64 bits, found 18446744073709551616',
  ],
  [withArgument({ valueTwo: 0.5 }), '.syscalls[1].args[0].valueTwo: expected a number of 64 bits, found 0.5'],
  [withArgument({ op: 'SCMP_CMP_NO' }), '.syscalls[1].args[0].op: expected an operator, found "SCMP_CMP_NO"'],
];
for (const [profile, problem] of table) {
  test(`compileSeccomp() refuses ${problem}`, () => {
    const seccomp = { defaultAction: 'SCMP_ACT_ERRNO', ...profile } as SpecSeccomp;
    assert.throws(
      () => compileSeccomp(seccomp, { architecture: 'x64' }),
      (error) =>
        error instanceof FirstbornError &&
        error.code === 'config' &&
        error.message === `Cannot run the configuration: linux.seccomp${problem}`,
    );
  });
}

test('compileSeccomp() refuses a profile that takes more instructions than the kernel does', () => {
  const args = Array.from({ length: 3000 }, (_, index) => [
    { index: 0, value: index, valueTwo: index, op: 'SCMP_CMP_MASKED_EQ' as const },
  ]);
  const syscalls = args.map((list) => ({ names: ['read'], action: 'SCMP_ACT_ALLOW' as const, args: list }));
  assert.throws(
    () => compileSeccomp({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }, { architecture: 'x64' }),
    /Cannot run the configuration: linux\.seccomp: expected a filter of at most 4096 instructions, found \d+/,
  );
});
