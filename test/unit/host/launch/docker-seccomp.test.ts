import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ProfileSubject, readSeccompProfile } from '../../../../host/launch/docker-seccomp.ts';
import type { SpecSeccomp } from '../../../../protocol/oci/runtime-spec.ts';

const plain: ProfileSubject = { architecture: 'x86_64', capabilities: ['CAP_KILL'] };
const read = (profile: object, subject: Partial<ProfileSubject> = {}): SpecSeccomp =>
  readSeccompProfile({ defaultAction: 'SCMP_ACT_ERRNO', ...profile }, '"p.json"', { ...plain, ...subject });
const rule = (names: string[], extra: object = {}): object => ({
  names,
  action: 'SCMP_ACT_ALLOW',
  ...extra,
});
const namesOf = ({ syscalls = [] }: SpecSeccomp): string[] => syscalls.flatMap(({ names }) => names);

describe('readSeccompProfile()', () => {
  it("takes the runtime-spec's form as it is", () => {
    const profile = {
      defaultAction: 'SCMP_ACT_KILL_PROCESS',
      architectures: ['SCMP_ARCH_X86_64'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      syscalls: [
        { names: ['read'], action: 'SCMP_ACT_ALLOW' },
        {
          names: ['clone'],
          action: 'SCMP_ACT_ERRNO',
          errnoRet: 38,
          args: [{ index: 0, value: 2n ** 64n - 1n, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
        },
      ],
    };
    assert.deepEqual(read(profile), profile);
  });

  it('leaves out rules that are for other containers', () => {
    const profile = {
      syscalls: [
        rule(['always']),
        rule(['with-kill'], { includes: { caps: ['CAP_KILL'] } }),
        rule(['with-admin'], { includes: { caps: ['CAP_SYS_ADMIN'] } }),
        rule(['with-both'], { includes: { caps: ['CAP_KILL', 'CAP_SYS_ADMIN'] } }),
        rule(['without-kill'], { excludes: { caps: ['CAP_KILL'] } }),
        rule(['without-admin'], { excludes: { caps: ['CAP_SYS_ADMIN'] } }),
        rule(['amd64'], { includes: { arches: ['amd64', 'x32'] } }),
        rule(['arm64'], { includes: { arches: ['arm64'] } }),
        rule(['not-amd64'], { excludes: { arches: ['amd64'] } }),
        rule(['new-kernel'], { includes: { minKernel: '4.8' } }),
        rule(['old-kernel'], { excludes: { minKernel: '4.8' } }),
        rule(['empty'], { includes: {}, excludes: { caps: null } }),
      ].map((one) => ({
        ...one,
        names: (one as { names: string[] }).names.map((name) => name.replaceAll('-', '_')),
      })),
    };
    assert.deepEqual(namesOf(read(profile)), [
      'always',
      'with_kill',
      'without_admin',
      'amd64',
      'new_kernel',
      'empty',
    ]);
    assert.ok(namesOf(read(profile, { architecture: 'aarch64' })).includes('arm64'));
    assert.ok(namesOf(read(profile, { capabilities: ['CAP_KILL', 'CAP_SYS_ADMIN'] })).includes('with_both'));
  });

  it("takes the machine's entry of a map of architectures", () => {
    const archMap = [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: null },
    ];
    assert.deepEqual(read({ archMap }).architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
    assert.deepEqual(read({ archMap }, { architecture: 'aarch64' }).architectures, ['SCMP_ARCH_AARCH64']);
    assert.equal(read({ archMap: [] }).architectures, undefined);
  });

  it('takes the one name of a rule of an old profile', () => {
    assert.deepEqual(namesOf(read({ syscalls: [{ name: 'read', action: 'SCMP_ACT_ALLOW', args: [] }] })), [
      'read',
    ]);
  });

  for (const [profile, message] of [
    [{ defaultAction: 'SCMP_ACT_MAYBE' }, /^Cannot accept "p\.json": linux\.seccomp\.defaultAction: /],
    [{ defaultAction: undefined }, /^Cannot accept "p\.json": linux\.seccomp\.defaultAction: /],
    [{ syscalls: [{ action: 'SCMP_ACT_ALLOW' }] }, /linux\.seccomp\.syscalls\[0\]\.names: /],
    [{ syscalls: [rule(['read'], { includes: { caps: 'ALL' } })] }, /syscalls\[0\]\.includes\.caps: /],
    [{ syscalls: {} }, /^Cannot accept "p\.json": syscalls: /],
  ] as [object, RegExp][]) {
    it(`refuses ${JSON.stringify(profile)}`, () =>
      assert.throws(() => read(profile), { code: 'config', message }));
  }

  it('refuses what is no object', () => {
    for (const value of [null, 'unconfined', 3]) {
      assert.throws(() => readSeccompProfile(value, 'it', plain), { code: 'config' });
    }
  });
});
