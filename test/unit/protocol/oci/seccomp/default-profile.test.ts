import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CapabilityName, capabilityNames } from '../../../../../protocol/oci/capability-names.ts';
import { seccompArchitectures, type SpecSeccomp } from '../../../../../protocol/oci/runtime-spec.ts';
import { defaultSeccomp, originOfDefault } from '../../../../../protocol/oci/seccomp/default-profile.ts';
import { numbersOf } from '../../../../support/seccomp-model.ts';

const namesOf = ({ syscalls }: SpecSeccomp): string[] => (syscalls ?? []).flatMap(({ names }) => names);

function cloneRules(capabilities: CapabilityName[]): object[] {
  const { syscalls } = defaultSeccomp({ capabilities, architecture: 'x64' });
  return (syscalls ?? []).filter(({ names }) => names.includes('clone') || names.includes('clone3'));
}

describe('defaultSeccomp()', () => {
  it('refuses with EPERM by default and names the architectures of the machine', () => {
    const { syscalls, ...rest } = defaultSeccomp({ capabilities: [], architecture: 'x64' });
    assert.deepEqual(rest, {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    });
    const arm = defaultSeccomp({ capabilities: [], architecture: 'arm64' });
    assert.deepEqual(arm.architectures, ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
    assert.ok((syscalls ?? []).length > 0);
  });

  it('names only calls that exist on one of the architectures', () => {
    const known = new Set(seccompArchitectures.flatMap((name) => [...numbersOf(name).keys()]));
    // A second name of arm_sync_file_range.
    const elsewhere = new Set(['sync_file_range2']);
    for (const architecture of ['x64', 'arm64'] as const) {
      const names = namesOf(defaultSeccomp({ capabilities: capabilityNames, architecture }));
      assert.deepEqual(
        names.filter((name) => !known.has(name) && !elsewhere.has(name)),
        [],
      );
    }
  });

  it('allows more with each capability that it depends on', () => {
    const without = new Set(namesOf(defaultSeccomp({ capabilities: [], architecture: 'x64' })));
    const gained = Object.fromEntries(
      capabilityNames.flatMap((capability) => {
        const names = namesOf(defaultSeccomp({ capabilities: [capability], architecture: 'x64' }));
        const more = names.filter((name) => !without.has(name));
        return more.length === 0 ? [] : [[capability, more.length]];
      }),
    );
    assert.deepEqual(gained, {
      CAP_DAC_READ_SEARCH: 1,
      CAP_SYS_MODULE: 3,
      CAP_SYS_RAWIO: 2,
      CAP_SYS_CHROOT: 1,
      CAP_SYS_PTRACE: 3,
      CAP_SYS_PACCT: 1,
      CAP_SYS_ADMIN: 24,
      CAP_SYS_BOOT: 1,
      CAP_SYS_NICE: 4,
      CAP_SYS_TIME: 4,
      CAP_SYS_TTY_CONFIG: 1,
      CAP_SYSLOG: 1,
      CAP_PERFMON: 1,
      CAP_BPF: 1,
    });
  });

  it('lets who may make namespaces make them in any way', () => {
    assert.deepEqual(cloneRules([]), [
      {
        names: ['clone'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: 2_114_060_288, op: 'SCMP_CMP_MASKED_EQ' }],
      },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    ]);
    assert.equal(cloneRules(['CAP_SYS_ADMIN']).length, 1);
  });

  it('survives JSON and cannot be changed in place', () => {
    const profile = defaultSeccomp({ capabilities: ['CAP_BPF'], architecture: 'arm64' });
    assert.deepEqual(JSON.parse(JSON.stringify(profile)), profile);
    assert.throws(() => profile.syscalls?.push({ names: ['mount'], action: 'SCMP_ACT_ALLOW' }), TypeError);
    assert.throws(() => {
      profile.defaultAction = 'SCMP_ACT_ALLOW';
    }, TypeError);
  });
});

describe('originOfDefault()', () => {
  it('tells what a default profile was made for, and nothing of a copy', () => {
    const profile = defaultSeccomp({ capabilities: ['CAP_BPF'], architecture: 'x64' });
    assert.deepEqual(originOfDefault(profile), { capabilities: ['CAP_BPF'], architecture: 'x64' });
    assert.equal(originOfDefault(structuredClone(profile)), undefined);
  });
});
