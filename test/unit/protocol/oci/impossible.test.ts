import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, everybody, namespaces, type Values } from './impossible-fixtures.ts';

const ambient =
  'process.capabilities.ambient: CAP_AUDIT_WRITE, CAP_KILL, CAP_NET_BIND_SERVICE not granted: ' +
  'an ambient capability has to be permitted and inheritable';
const passedOver = 'passed over, since cgroup2 has no such setting';

const warnings: [what: string, values: Values, warnings: string[]][] = [
  ['ambient capabilities that are not inheritable', {}, [ambient]],
  [
    'a capability that no kernel has',
    { 'process.capabilities': { bounding: ['CAP_TIME_TRAVEL'] } },
    ['process.capabilities: CAP_TIME_TRAVEL not granted: no kernel is known to have it'],
  ],
  [
    'sections for other platforms',
    { vm: { kernel: { path: '/vmlinux' } }, zos: {} },
    [
      'zos: passed over, since this machine is made and runs Linux',
      'vm: passed over, since this machine is made and runs Linux',
      ambient,
    ],
  ],
  [
    'limits that cgroup2 does not have',
    {
      process: { cwd: '/', args: ['sh'], user: { uid: 0, gid: 0 } },
      'linux.resources': {
        memory: { kernel: 4096, kernelTCP: -1, swappiness: 0, disableOOMKiller: true },
        cpu: { realtimeRuntime: 950_000, realtimePeriod: 1_000_000 },
        blockIO: { leafWeight: 10 },
        network: { classID: 7, priorities: [{ name: 'eth0', priority: 1 }] },
      },
    },
    [
      `linux.resources.memory.kernel: ${passedOver}`,
      `linux.resources.memory.kernelTCP: ${passedOver}`,
      `linux.resources.memory.swappiness: ${passedOver}`,
      `linux.resources.memory.disableOOMKiller: ${passedOver}`,
      `linux.resources.cpu.realtimeRuntime: ${passedOver}`,
      `linux.resources.cpu.realtimePeriod: ${passedOver}`,
      `linux.resources.blockIO.leafWeight: ${passedOver}`,
      `linux.resources.network.classID: ${passedOver}`,
      `linux.resources.network.priorities: ${passedOver}`,
    ],
  ],
  [
    'a socket of an agent that nobody asks',
    {
      'process.capabilities': {},
      'linux.seccomp': { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/agent' },
    },
    ['linux.seccomp.listenerPath: passed over, since no action is "SCMP_ACT_NOTIFY"'],
  ],
];

for (const [what, values, expected] of warnings) {
  test(`refuseImpossible() warns of ${what}`, () => {
    assert.deepEqual(check(values), expected);
  });
}

const possible: [what: string, values: Values][] = [
  ['what sets no value', { 'linux.resources': { memory: { kernel: 0, disableOOMKiller: false } } }],
  [
    'a process that is said to be unconfined',
    { 'process.apparmorProfile': 'unconfined', 'process.selinuxLabel': '' },
  ],
  [
    'parameters of the network, whosever it is',
    {
      'linux.namespaces': namespaces('mount', 'uts'),
      'linux.sysctl': { 'net/ipv4/conf/eth0.1/rp_filter': '1' },
    },
  ],
  [
    'parameters of ipc in an ipc namespace',
    { 'linux.sysctl': { 'kernel.msgmax': '1', 'fs.mqueue.msg_max': '2' } },
  ],
  ['the domain name in a uts namespace', { 'linux.sysctl': { 'kernel.domainname': 'example.org' } }],
  [
    'namespaces of their kind',
    {
      'linux.namespaces': namespaces(
        'mount',
        'uts',
        { type: 'network', path: '/proc/7/ns/net' },
        { type: 'ipc', path: '/run/ns/ipc' },
      ),
    },
  ],
  [
    'a size of the console without a terminal',
    { 'process.terminal': false, 'process.consoleSize': { height: 1, width: 1 } },
  ],
  ['a realtime policy with its priority', { 'process.scheduler': { policy: 'SCHED_RR', priority: 99 } }],
  [
    'a deadline in order, with no period',
    { 'process.scheduler': { policy: 'SCHED_DEADLINE', runtime: 2048, deadline: 2048 } },
  ],
  ['a device outside /dev', { 'linux.devices': [{ path: '/srv/null', type: 'c', major: 1, minor: 3 }] }],
  ['no limit of swap', { 'linux.resources.memory': { limit: 4096, swap: -1 } }],
  [
    'a user namespace with what the process needs',
    {
      'linux.namespaces': namespaces('mount', 'uts', 'user', 'time'),
      'linux.uidMappings': everybody,
      'linux.gidMappings': everybody,
      'linux.timeOffsets': { monotonic: { secs: -1 } },
      'process.user': { uid: 999, gid: 999, additionalGids: [0] },
    },
  ],
];

for (const [what, values] of possible) {
  test(`refuseImpossible() accepts ${what}`, () => {
    assert.deepEqual(check(values), [ambient]);
  });
}

test('refuseImpossible() names at most eight values', () => {
  const sysctl = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`vm.a${index}`, '1']));
  assert.throws(
    () => check({ 'linux.sysctl': sysctl }),
    ({ message }: Error) => message.split('; ').length === 8,
  );
});
