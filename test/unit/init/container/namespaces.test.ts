import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namespaceFlags } from '../../../../addon/constants.ts';
import { planNamespaces } from '../../../../init/container/namespaces.ts';
import type { NamespaceType, SpecNamespace } from '../../../../protocol/oci/runtime-spec.ts';

const own = (...types: NamespaceType[]): SpecNamespace[] => types.map((type) => ({ type }));
const { CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS } = namespaceFlags;
const { CLONE_NEWPID, CLONE_NEWTIME, CLONE_NEWUSER, CLONE_NEWUTS } = namespaceFlags;

describe('planNamespaces()', () => {
  it('clones what the kernel makes right at the start, and leaves the rest to the child', () => {
    const plan = planNamespaces(own('pid', 'network', 'ipc', 'uts', 'mount', 'cgroup', 'time', 'user'));
    assert.equal(plan.cloneFlags, CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS);
    const { ownCgroup, ownNetwork, ownTime, ownUsers } = plan;
    assert.deepEqual(
      { ownCgroup, ownNetwork, ownTime, ownUsers },
      { ownCgroup: true, ownNetwork: true, ownTime: true, ownUsers: true },
    );
  });

  it('has an exec enter all of them but the pid namespace, into which it is born', () => {
    assert.equal(planNamespaces(own('pid', 'mount', 'uts')).joinFlags, CLONE_NEWNS | CLONE_NEWUTS);
    const { joinFlags } = planNamespaces(own('mount', 'cgroup', 'time', 'user'));
    assert.equal(joinFlags, CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWTIME | CLONE_NEWUSER);
  });

  it('makes nothing new where one exists already', () => {
    const plan = planNamespaces([
      { type: 'mount' },
      { type: 'network', path: '/run/netns/a' },
      { type: 'cgroup', path: '/proc/1/ns/cgroup' },
      { type: 'pid', path: '/proc/1/ns/pid' },
    ]);
    assert.deepEqual(plan, {
      joinFlags: CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWCGROUP,
      cloneFlags: CLONE_NEWNS,
      ownCgroup: false,
      ownNetwork: false,
      ownUsers: false,
      ownTime: false,
      pidPath: '/proc/1/ns/pid',
      joined: [
        { flag: CLONE_NEWNET, path: '/run/netns/a' },
        { flag: CLONE_NEWCGROUP, path: '/proc/1/ns/cgroup' },
      ],
    });
  });

  const refused: [what: string, namespaces: SpecNamespace[], message: string][] = [
    ['no namespace at all', [], 'linux.namespaces: expected a mount namespace of its own'],
    ['no mount namespace', own('pid', 'uts'), 'linux.namespaces: expected a mount namespace of its own'],
    [
      'a mount namespace of another',
      [{ type: 'pid' }, { type: 'mount', path: '/proc/1/ns/mnt' }],
      "linux.namespaces[1]: expected no path: the mount namespace is the container's own",
    ],
    [
      'a user namespace of another',
      [{ type: 'mount' }, { type: 'user', path: '/proc/1/ns/user' }],
      "linux.namespaces[1]: expected no path: the user namespace is the container's own",
    ],
  ];
  for (const [what, namespaces, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => planNamespaces(namespaces), {
        code: 'config',
        message: `Cannot run the configuration: ${message}`,
      });
    });
  }
});
