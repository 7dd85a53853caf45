import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { check, everybody, filter, namespaces, type Values } from './impossible-fixtures.ts';

const refusals: [what: string, values: Values, message: string][] = [
  ['a configuration without a root', { root: undefined }, 'root: expected a root filesystem'],
  ['one without a process', { process: undefined }, 'process: expected a process to start'],
  ['a process without a program', { 'process.args': undefined }, 'process.args: expected a program'],
  [
    'a configuration for another platform',
    { linux: undefined, windows: { layerFolders: ['C:\\'] }, hostname: undefined },
    'windows: expected a configuration for Linux, in "linux"; ' +
      "linux.namespaces: expected a mount namespace of the container's own",
  ],
  [
    'an AppArmor profile',
    { 'process.apparmorProfile': 'docker-default' },
    "process.apparmorProfile: the machine's kernel has no AppArmor profiles",
  ],
  [
    'an SELinux label',
    { 'process.selinuxLabel': 'system_u:system_r:container_t:s0' },
    "process.selinuxLabel: the machine's kernel has no SELinux policy",
  ],
  [
    'a label of mounts',
    { 'linux.mountLabel': 'system_u:object_r:container_file_t:s0' },
    "linux.mountLabel: the machine's kernel has no SELinux policy",
  ],
  [
    'effective capabilities beyond the permitted',
    { 'process.capabilities.effective': ['CAP_KILL', 'CAP_CHOWN'] },
    'process.capabilities.effective: "CAP_CHOWN" is not in "permitted"',
  ],
  [
    'inheritable capabilities beyond the bounding set',
    { 'process.capabilities.inheritable': ['CAP_CHOWN'] },
    'process.capabilities.inheritable: "CAP_CHOWN" is not in "bounding"',
  ],
  [
    'a policy that Linux does not have',
    { 'process.scheduler': { policy: 'SCHED_ISO' } },
    'process.scheduler.policy: Linux has never had "SCHED_ISO"',
  ],
  [
    'a realtime policy without a priority',
    { 'process.scheduler': { policy: 'SCHED_FIFO', nice: 5 } },
    'process.scheduler.priority: expected 1 to 99 with the policy "SCHED_FIFO"',
  ],
  [
    'a priority without a realtime policy',
    { 'process.scheduler': { policy: 'SCHED_BATCH', priority: 10 } },
    'process.scheduler.priority: expected the policy "SCHED_FIFO" or "SCHED_RR"',
  ],
  [
    'a deadline of no time',
    { 'process.scheduler': { policy: 'SCHED_DEADLINE' } },
    'process.scheduler.runtime: expected at least 1024 ns',
  ],
  [
    'a deadline before the run time is over',
    { 'process.scheduler': { policy: 'SCHED_DEADLINE', runtime: 5000, deadline: 4000 } },
    'process.scheduler.deadline: expected no less than "runtime"',
  ],
  [
    'a period that ends before the deadline',
    { 'process.scheduler': { policy: 'SCHED_DEADLINE', runtime: 5000, deadline: 6000, period: 5500 } },
    'process.scheduler.period: expected no less than "deadline"',
  ],
  [
    'a run time without the policy for it',
    { 'process.scheduler': { policy: 'SCHED_OTHER', runtime: 5000 } },
    'process.scheduler.runtime: expected the policy "SCHED_DEADLINE"',
  ],
  [
    'a mount over the root',
    { 'mounts[1].destination': '/x/..' },
    'mounts[1].destination: expected a path below "/": the root is what "root" says',
  ],
  [
    'a bind without a source',
    { 'mounts[1]': { destination: '/data', options: ['rbind'] } },
    'mounts[1].source: expected the path that is to be bound',
  ],
  [
    'a mount of nothing',
    { 'mounts[1]': { destination: '/data', source: 'none' } },
    'mounts[1].type: expected a filesystem, or the option "bind" or "rbind"',
  ],
  [
    'a mount with mapped ids',
    { 'mounts[1].uidMappings': everybody, 'mounts[1].gidMappings': everybody },
    'mounts[1].uidMappings: mounts with mapped ids are not supported; ' +
      'mounts[1].gidMappings: mounts with mapped ids are not supported',
  ],
  ...['idmap', 'ridmap', 'idmap=uids=0-1000-1'].map((option): [string, Values, string] => [
    `the mount option ${option}`,
    { 'mounts[1].options': ['ro', option] },
    'mounts[1].options[1]: mounts with mapped ids are not supported',
  ]),
  [
    'a loop mount',
    { 'mounts[1].options': ['loop'] },
    'mounts[1].options[0]: loop devices are not supported: give the file as a disk',
  ],
  [
    'a user namespace of somebody else',
    { 'linux.namespaces': namespaces('uts', 'mount', { type: 'user', path: '/run/ns/user' }) },
    'linux.namespaces[2].path: user namespaces can not be joined, only made',
  ],
  [
    'a host name without a uts namespace',
    { 'linux.namespaces': namespaces('mount'), domainname: 'example.org' },
    'hostname: expected a uts namespace in "linux.namespaces"; ' +
      'domainname: expected a uts namespace in "linux.namespaces"',
  ],
  [
    'masked and read-only paths without a mount namespace',
    { 'linux.namespaces': namespaces('uts') },
    "linux.namespaces: expected a mount namespace of the container's own; " +
      'linux.maskedPaths: expected a mount namespace in "linux.namespaces"; ' +
      'linux.readonlyPaths: expected a mount namespace in "linux.namespaces"',
  ],
  [
    'a mount namespace of somebody else',
    { 'linux.namespaces': namespaces('uts', { type: 'mount', path: '/run/ns/mnt' }) },
    "linux.namespaces: expected a mount namespace of the container's own",
  ],
  [
    'a namespace of another kind',
    {
      'linux.namespaces': namespaces('uts', 'mount', {
        type: 'network',
        path: '/proc/12/ns/pid_for_children',
      }),
    },
    'linux.namespaces[2].path: expected a namespace of the type "network", not "/proc/12/ns/pid_for_children"',
  ],
  [
    'a namespace of a thread that is of another kind',
    { 'linux.namespaces': namespaces('mount', 'uts', { type: 'ipc', path: '/proc/self/task/3/ns/uts' }) },
    'linux.namespaces[2].path: expected a namespace of the type "ipc", not "/proc/self/task/3/ns/uts"',
  ],
  [
    'a user namespace without mappings',
    { 'linux.namespaces': namespaces('mount', 'uts', 'user') },
    'linux.uidMappings: expected a mapping, since there is a new user namespace; ' +
      'linux.gidMappings: expected a mapping, since there is a new user namespace',
  ],
  [
    'a user namespace with one of the two mappings',
    { 'linux.namespaces': namespaces('mount', 'uts', 'user'), 'linux.uidMappings': everybody },
    'linux.gidMappings: expected a mapping, since there is a new user namespace',
  ],
  [
    'mappings without a user namespace',
    { 'linux.uidMappings': everybody, 'linux.gidMappings': everybody },
    'linux.uidMappings: expected a user namespace in "linux.namespaces"; ' +
      'linux.gidMappings: expected a user namespace in "linux.namespaces"',
  ],
  [
    'mappings of a user namespace that is there',
    {
      'linux.namespaces': namespaces('mount', 'uts', { type: 'user', path: '/run/ns/user' }),
      'linux.gidMappings': everybody,
    },
    'linux.namespaces[2].path: user namespaces can not be joined, only made; ' +
      'linux.gidMappings: expected none: the user namespace is there already, with its mappings',
  ],
  [
    'a process whose ids are not mapped',
    {
      'linux.namespaces': namespaces('mount', 'uts', 'user'),
      'linux.uidMappings': everybody,
      'linux.gidMappings': [{ containerID: 1, hostID: 1, size: 1 }],
      'process.user': { uid: 1000, gid: 1, additionalGids: [1, 5] },
    },
    'linux.gidMappings: expected a mapping of the group 0; ' +
      'process.user.uid: 1000 is not in "linux.uidMappings"; ' +
      'process.user.additionalGids[1]: 5 is not in "linux.gidMappings"',
  ],
  [
    'offsets without a time namespace',
    { 'linux.timeOffsets': { boottime: { secs: 7 } } },
    'linux.timeOffsets: expected a new time namespace in "linux.namespaces"',
  ],
  [
    'offsets of a time namespace that is there',
    {
      'linux.timeOffsets': { boottime: { secs: 7 } },
      'linux.namespaces': namespaces('mount', 'uts', { type: 'time', path: '/run/ns/time' }),
    },
    'linux.timeOffsets: expected a new time namespace in "linux.namespaces"',
  ],
  [
    'parameters of ipc without an ipc namespace',
    {
      'linux.namespaces': namespaces('mount', 'uts'),
      'linux.sysctl': { 'kernel.sem': '1', 'fs/mqueue/msg_max': '20' },
    },
    'linux.sysctl.kernel.sem: expected an ipc namespace in "linux.namespaces"; ' +
      'linux.sysctl.fs/mqueue/msg_max: expected an ipc namespace in "linux.namespaces"',
  ],
  [
    'the host name as a parameter',
    { 'linux.sysctl': { 'kernel.hostname': 'a' } },
    'linux.sysctl.kernel.hostname: expected "hostname" instead',
  ],
  [
    'parameters of the whole kernel',
    { 'linux.sysctl': { 'kernel.core_pattern': '|/bin/sh', 'vm/overcommit_memory': '1' } },
    'linux.sysctl.kernel.core_pattern: belongs to the machine, not to a namespace of the container; ' +
      'linux.sysctl.vm/overcommit_memory: belongs to the machine, not to a namespace of the container',
  ],
  [
    'a cgroup above its place',
    { 'linux.cgroupsPath': '/pods/../init' },
    'linux.cgroupsPath: expected a path without ".."',
  ],
  [
    "a cgroup by systemd's name",
    { 'linux.cgroupsPath': 'system.slice:docker:5a3c' },
    'linux.cgroupsPath: expected a path: "slice:prefix:name" is for systemd, and the machine has none',
  ],
  [
    'the root of all cgroups',
    { 'linux.cgroupsPath': '//.' },
    'linux.cgroupsPath: expected a path below "/", the cgroup of the machine',
  ],
  [
    'a cgroup that cannot be named',
    { 'linux.cgroupsPath': `/pods/${'x'.repeat(256)}` },
    'linux.cgroupsPath: expected names of at most 255 bytes without line breaks',
  ],
  [
    'a limit of swap alone',
    { 'linux.resources.memory': { swap: 4096 } },
    'linux.resources.memory.swap: expected "limit" with it: "swap" is memory and swap together',
  ],
  [
    'a limit of swap below that of memory',
    { 'linux.resources.memory': { limit: 8192, swap: 4096 } },
    'linux.resources.memory.swap: expected no less than "limit": "swap" is memory and swap together',
  ],
  [
    'a burst above the quota',
    { 'linux.resources.cpu': { quota: 5000, burst: 5001 } },
    'linux.resources.cpu.burst: expected no more than "quota"',
  ],
  [
    'a system call that an agent decides',
    { 'linux.seccomp': filter('SCMP_ACT_NOTIFY') },
    'linux.seccomp.syscalls[1].action: the machine has no agent that could decide',
  ],
  [
    'a filter that leaves everything to an agent',
    { 'linux.seccomp': { defaultAction: 'SCMP_ACT_NOTIFY', listenerPath: '/run/agent' } },
    'linux.seccomp.defaultAction: the machine has no agent that could decide',
  ],
  [
    'data for an agent without its socket',
    { 'linux.seccomp': { defaultAction: 'SCMP_ACT_ALLOW', listenerMetadata: 'x' } },
    'linux.seccomp.listenerMetadata: expected "listenerPath" with it',
  ],
  [
    'a share of the cache',
    { 'linux.intelRdt': { closID: 'guaranteed' } },
    'linux.intelRdt: a virtual machine has no cache and bandwidth allocation',
  ],
  [
    'an interface to move in',
    { 'linux.netDevices': { eth1: { name: 'eth0' } } },
    "linux.netDevices: the machine's network interfaces are set up with the machine",
  ],
  [
    'a policy for memory nodes',
    { 'linux.memoryPolicy': { mode: 'MPOL_BIND', nodes: '0' } },
    'linux.memoryPolicy: a virtual machine has one memory node',
  ],
  [
    'flags of a personality',
    { 'linux.personality': { domain: 'LINUX', flags: ['ADDR_NO_RANDOMIZE'] } },
    'linux.personality.flags: the specification knows no flags',
  ],
];

for (const [what, values, message] of refusals) {
  test(`refuseImpossible() refuses ${what}`, () => {
    assert.throws(() => check(values), {
      name: 'FirstbornError',
      code: 'config',
      message: `Cannot run config.json: ${message}`,
    });
  });
}

test('docs/oci-refusals.md has every path that is refused', () => {
  const page = readFileSync(new URL('../../../../docs/oci-refusals.md', import.meta.url), 'utf8');
  for (const [, , message] of refusals) {
    for (const reason of message.split('; ')) {
      const path = reason.slice(0, reason.indexOf(': ')).replaceAll(/\[\d+\]/g, '[]');
      const place = path.startsWith('linux.sysctl.') ? 'linux.sysctl' : path;
      assert.ok(page.includes(`\`${place}\``), place);
    }
  }
});
