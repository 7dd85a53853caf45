import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AT_RECURSIVE,
  capabilities,
  capabilityMask,
  CLONE_NEWNET,
  CLONE_NEWNS,
  ETHTOOL_STSO,
  IOPRIO_CLASS_BE,
  IOPRIO_CLASS_SHIFT,
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_RDONLY,
  mountFlags,
  MS_BIND,
  MS_REC,
  MS_SLAVE,
  NETLINK_ROUTE,
  O_CREAT,
  O_WRONLY,
  OPEN_TREE_CLONE,
  PER_LINUX32,
  RLIM_INFINITY,
  resourceLimits,
  SCHED_RR,
  SECCOMP_FILTER_FLAG_LOG,
} from '../../../../addon/constants.ts';
import { flagNames } from '../../../../addon/plan/describe.ts';
import { Plan } from '../../../../addon/plan.ts';
import { setLinkUp } from '../../../../addon/rtnetlink.ts';

/** The printed arguments of a plan's only operation. */
const printed = (plan: Plan): string => plan.describe()[0]?.arguments.join(' ') ?? '';

/** The smallest struct sched_attr: its size, a policy, and nothing else. */
function schedulerAttributes(policy: number): Uint8Array {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt32LE(policy, 4);
  return bytes;
}

describe('flagNames()', () => {
  it('joins names and keeps what has none', () => {
    assert.equal(flagNames(mountFlags, 0), '0');
    assert.equal(flagNames(mountFlags, 6), 'MS_NOSUID|MS_NODEV');
    assert.equal(flagNames(mountFlags, 0x8000_0001), 'MS_RDONLY|0x80000000');
  });
});

describe('Plan.describe()', () => {
  it('lists the operations in order', () => {
    const plan = new Plan().makeDirectory('/a', 0o755).sync();
    assert.deepEqual(plan.describe(), [
      { name: 'makeDirectory', arguments: ['/a', '0755'] },
      { name: 'sync', arguments: [] },
    ]);
  });

  const cases: [Plan, string][] = [
    [new Plan().mount({ target: '/a', flags: MS_BIND | MS_REC }), 'none /a  MS_BIND|MS_REC '],
    [new Plan().unmount('/a', 2), '/a MNT_DETACH'],
    [new Plan().openTree(3, '/a', OPEN_TREE_CLONE | AT_RECURSIVE), 'slot 3 /a OPEN_TREE_CLONE|AT_RECURSIVE'],
    [new Plan().moveMount(3, '/b'), 'slot 3 /b'],
    [new Plan().openPath(0, '/a', O_WRONLY | O_CREAT, 0o600), 'slot 0 /a O_WRONLY|O_CREAT 0600'],
    [new Plan().makeNode('/null', 'char', 0o666, 1, 3), '/null 020666 1 3'],
    [new Plan().ethtool('eth0', ETHTOOL_STSO, 0), 'eth0 ETHTOOL_STSO 0'],
    [new Plan().netlink(NETLINK_ROUTE, setLinkUp(1)), '0 RTM_NEWLINK (32 bytes)'],
    [new Plan().unshare(CLONE_NEWNS), 'CLONE_NEWNS'],
    [new Plan().joinNamespaces(9, CLONE_NEWNS | CLONE_NEWNET), '9 CLONE_NEWNS|CLONE_NEWNET'],
    [new Plan().freezeFilesystem('/data'), '/data'],
    [new Plan().thawFilesystem('/data'), '/data'],
    [
      new Plan().setResourceLimit(resourceLimits.RLIMIT_CORE, 0, RLIM_INFINITY),
      'RLIMIT_CORE 0 RLIM_INFINITY',
    ],
    [new Plan().dropBoundingCapability(capabilities.CAP_SYS_ADMIN), 'CAP_SYS_ADMIN'],
    [new Plan().setSecurebits(3), 'SECBIT_NOROOT|SECBIT_NOROOT_LOCKED'],
    [new Plan().setGroups([1, 2]), '1 2'],
    [
      new Plan().setCapabilities({
        effective: 0n,
        permitted: capabilityMask(['CAP_CHOWN', 'CAP_KILL']),
        inheritable: 0n,
      }),
      '0x0 0x21 0x0',
    ],
    [
      new Plan().setSeccompFilter(new Uint8Array(24), SECCOMP_FILTER_FLAG_LOG),
      '3 instructions SECCOMP_FILTER_FLAG_LOG',
    ],
    [new Plan().setPersonality(PER_LINUX32 | 0x0040000), '0x40008'],
    [new Plan().setScheduler(schedulerAttributes(SCHED_RR)), 'SCHED_RR (48 bytes)'],
    [new Plan().setIoPriority((IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT) | 7), 'IOPRIO_CLASS_BE 7'],
    [new Plan().setCpuAffinity(Uint8Array.of(0x0f, 0x80, 0)), '0x800f'],
    [new Plan().setCpuAffinity(Uint8Array.of(0, 0)), '0x0'],
    [
      new Plan().setMountAttributes('/a', AT_RECURSIVE, MOUNT_ATTR_RDONLY, MOUNT_ATTR__ATIME, MS_SLAVE),
      '/a AT_RECURSIVE MOUNT_ATTR_RDONLY MOUNT_ATTR__ATIME MS_SLAVE',
    ],
    [new Plan().pivotRoot('.', '.'), '. .'],
    [new Plan().attachDeviceProgram('/cgroup', new Uint8Array(16)), '/cgroup 2 instructions'],
    [new Plan().awaitParent(4), '4'],
  ];
  for (const [plan, text] of cases) {
    it(`prints ${plan.describe()[0]?.name} as "${text}"`, () => assert.equal(printed(plan), text));
  }

  it('shows short printable content and only the size of any other', () => {
    assert.equal(printed(new Plan().writeFile('/a', '+memory +pids\n')), '/a 0 0644 +memory +pids');
    assert.equal(printed(new Plan().writeFile('/a', 'x'.repeat(41))), '/a 0 0644 41 bytes');
    assert.equal(printed(new Plan().writeFile('/a', Uint8Array.of(0, 1, 2))), '/a 0 0644 3 bytes');
  });

  it('never shows the environment', () => {
    const plan = new Plan().execute(['/bin/a', '/a'], ['a', 'b c'], ['PASSWORD=secret', 'X=1']);
    assert.equal(printed(plan), '/bin/a /a a b c 2 variables');
  });

  it('shortens long words', () => {
    assert.equal(printed(new Plan().remove('x'.repeat(500))).length, 161);
  });
});
