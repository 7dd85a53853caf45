import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRuntimeSpec } from '../../../../protocol/oci/runtime-spec-schema.ts';
import { changed } from './spec-fixtures.ts';

const map = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });
const rule = (action: string, more: object = {}) => ({ names: ['read'], action, ...more });
const filter = (...syscalls: object[]) => ({ defaultAction: 'SCMP_ACT_ALLOW', syscalls });
const argument = (index: unknown, value: unknown, op: string) =>
  filter(rule('SCMP_ACT_LOG', { args: [{ index, value, op }] }));

/** What is broken, and what is said about it. */
const refusals: [path: string, value: unknown, message: string][] = [
  ['ociVersion', undefined, 'ociVersion: Invalid input: expected string, received undefined'],
  ['ociVersion', '2.0.0', 'ociVersion: expected a version 1.x of the runtime specification, such as "1.2.0"'],
  ['ociVersion', '1.2', 'ociVersion: expected a version 1.x of the runtime specification, such as "1.2.0"'],
  ['root', 'rootfs', 'root: Invalid input: expected object, received string'],
  ['root.path', undefined, 'root.path: Invalid input: expected string, received undefined'],
  ['root.path', '', 'root.path: expected a path'],
  ['root.readonly', 'yes', 'root.readonly: Invalid input: expected boolean, received string'],
  ['mounts', {}, 'mounts: Invalid input: expected array, received object'],
  ['mounts[1].destination', '', 'mounts[1].destination: expected a path'],
  ['mounts[1].destination', '/a\0b', 'mounts[1].destination: must not contain a NUL byte'],
  ['mounts[1].destination', `/${'é'.repeat(2048)}`, 'mounts[1].destination: expected at most 4095 bytes'],
  ['mounts[1].options', 'ro', 'mounts[1].options: Invalid input: expected array, received string'],
  ['mounts[1].options[0]', 7, 'mounts[1].options[0]: Invalid input: expected string, received number'],
  [
    'mounts',
    Array.from({ length: 1025 }, () => ({ destination: '/a' })),
    'mounts: Too big: expected array to have <=1024 items',
  ],
  ['process.cwd', 'srv', 'process.cwd: expected an absolute path'],
  ['process.cwd', undefined, 'process.cwd: Invalid input: expected string, received undefined'],
  ['process.args', [], 'process.args: expected a program'],
  ['process.args', [''], 'process.args[0]: expected a program'],
  ['process.args[1]', 'a\0', 'process.args[1]: must not contain a NUL byte'],
  ['process.args[1]', '\ud800', 'process.args[1]: expected well-formed Unicode'],
  ['process.args[1]', 'a'.repeat(131_072), 'process.args[1]: expected at most 131071 bytes'],
  ['process.env[0]', 'PATH', 'process.env[0]: expected NAME=value'],
  ['process.env[1]', '=x', 'process.env[1]: expected NAME=value'],
  ['process.user', undefined, 'process.user: Invalid input: expected object, received undefined'],
  ['process.user.uid', -1, 'process.user.uid: expected a whole number from 0 to 4294967294'],
  ['process.user.uid', 'root', 'process.user.uid: Invalid input: expected number, received string'],
  ['process.user.gid', 2 ** 32 - 1, 'process.user.gid: expected a whole number from 0 to 4294967294'],
  ['process.user.umask', 0o1000, 'process.user.umask: expected a whole number from 0 to 511'],
  [
    'process.user.additionalGids',
    [5, 1.5],
    'process.user.additionalGids[1]: expected a whole number from 0 to 4294967294',
  ],
  [
    'process.capabilities.bounding[0]',
    'chown',
    'process.capabilities.bounding[0]: expected a name such as "CAP_NET_RAW"',
  ],
  ['process.rlimits[0].soft', 2048, 'process.rlimits[0].soft: expected no more than "hard"'],
  ['process.rlimits[0].soft', 2 ** 64, 'process.rlimits[0].soft: expected no more than "hard"'],
  ['process.rlimits[0].soft', -2, 'process.rlimits[0].soft: expected a whole number of 64 bits'],
  [
    'process.rlimits[1]',
    { type: 'RLIMIT_NOFILE', soft: 1, hard: 1 },
    'process.rlimits[1].type: "RLIMIT_NOFILE" is there already, at [0]',
  ],
  ['process.oomScoreAdj', 1001, 'process.oomScoreAdj: expected a whole number from -1000 to 1000'],
  ['process.oomScoreAdj', 2n ** 60n, 'process.oomScoreAdj: expected a whole number from -1000 to 1000'],
  [
    'process.ioPriority',
    { class: 'IOPRIO_CLASS_BE', priority: 8 },
    'process.ioPriority.priority: expected a whole number from 0 to 7',
  ],
  [
    'process.ioPriority',
    { class: 'IOPRIO_CLASS_NONE' },
    'process.ioPriority.class: Invalid option: ' +
      'expected one of "IOPRIO_CLASS_RT"|"IOPRIO_CLASS_BE"|"IOPRIO_CLASS_IDLE"',
  ],
  [
    'process.scheduler',
    { policy: 'SCHED_OTHER', nice: 20 },
    'process.scheduler.nice: expected a whole number from -20 to 19',
  ],
  [
    'process.scheduler',
    { policy: 'SCHED_RR', priority: 100 },
    'process.scheduler.priority: expected a whole number from 0 to 99',
  ],
  [
    'process.execCPUAffinity',
    { initial: '3-1' },
    'process.execCPUAffinity.initial: expected a list of numbers such as "0-3,7"',
  ],
  [
    'process.execCPUAffinity',
    { final: ' , ' },
    'process.execCPUAffinity.final: expected a list of numbers such as "0-3,7"',
  ],
  [
    'process.consoleSize',
    { height: 70_000, width: 80 },
    'process.consoleSize.height: expected a whole number from 0 to 65535',
  ],
  ['hostname', '-web', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', 'a'.repeat(65), 'hostname: Too big: expected string to have <=64 characters'],
  ['domainname', 'two words', 'domainname: expected 1 to 64 visible characters'],
  ['hooks.poststop', [{ path: 'hook' }], 'hooks.poststop[0].path: expected an absolute path'],
  [
    'hooks.prestart',
    [{ path: '/hook', timeout: 0 }],
    'hooks.prestart[0].timeout: expected a whole number from 1 to 2147483',
  ],
  ['hooks.prestart', [{ path: '/hook', env: ['A'] }], 'hooks.prestart[0].env[0]: expected NAME=value'],
  ['annotations', { '': 'x' }, 'annotations.: expected a key'],
  ['annotations', { a: 1 }, 'annotations.a: Invalid input: expected string, received number'],
  ['linux.namespaces[5]', { type: 'pid' }, 'linux.namespaces[5].type: "pid" is there already, at [0]'],
  ['linux.namespaces[0].path', 'ns/pid', 'linux.namespaces[0].path: expected an absolute path'],
  [
    'linux.uidMappings',
    [map(0, 1000, 0)],
    'linux.uidMappings[0].size: expected a whole number from 1 to 4294967295',
  ],
  ['linux.uidMappings', [map(1, 0, 2 ** 32 - 1)], 'linux.uidMappings[0].size: expected ids below 4294967295'],
  [
    'linux.gidMappings',
    [map(0, 1000, 10), map(9, 2000, 10)],
    'linux.gidMappings[1].containerID: overlaps the ids at [0]',
  ],
  [
    'linux.gidMappings',
    [map(0, 1000, 10), map(10, 991, 10)],
    'linux.gidMappings[1].hostID: overlaps the ids at [0]',
  ],
  ['linux.devices', [{ path: 'fuse', type: 'p' }], 'linux.devices[0].path: expected an absolute path'],
  [
    'linux.devices',
    [{ path: '/dev/a', type: 'c', major: 1 }],
    'linux.devices[0].minor: expected a number for a device "c"',
  ],
  [
    'linux.devices',
    [{ path: '/dev/a', type: 'b', major: 4096, minor: 0 }],
    'linux.devices[0].major: expected a whole number from 0 to 4095',
  ],
  [
    'linux.devices',
    [{ path: '/dev/a', type: 'b', major: 8, minor: 0, fileMode: 0o020660 }],
    'linux.devices[0].fileMode: expected the mode of a device "b"',
  ],
  ['linux.sysctl', { '../sys': '1' }, 'linux.sysctl.../sys: expected a name such as "net.ipv4.ip_forward"'],
  ['linux.sysctl', { 'net.a': null }, 'linux.sysctl.net.a: Invalid input: expected string, received null'],
  [
    'linux.rootfsPropagation',
    'none',
    'linux.rootfsPropagation: Invalid option: expected one of ' +
      '"private"|"shared"|"slave"|"unbindable"|"rprivate"|"rshared"|"rslave"|"runbindable"',
  ],
  ['linux.maskedPaths[0]', 'proc/kcore', 'linux.maskedPaths[0]: expected an absolute path'],
  ['linux.readonlyPaths', '/proc/sys', 'linux.readonlyPaths: Invalid input: expected array, received string'],
  [
    'linux.personality',
    { domain: 'LINUX64' },
    'linux.personality.domain: Invalid option: expected one of "LINUX"|"LINUX32"',
  ],
  ['linux.timeOffsets', { realtime: { secs: 1 } }, 'linux.timeOffsets.realtime: unknown key'],
  [
    'linux.timeOffsets',
    { monotonic: { nanosecs: 1e9 } },
    'linux.timeOffsets.monotonic.nanosecs: expected a whole number from 0 to 999999999',
  ],
  [
    'linux.resources.devices[0].access',
    'rx',
    'linux.resources.devices[0].access: expected some of the letters r, w and m',
  ],
  [
    'linux.resources.devices[0].allow',
    undefined,
    'linux.resources.devices[0].allow: Invalid input: expected boolean, received undefined',
  ],
  [
    'linux.resources.memory',
    { limit: -2 },
    'linux.resources.memory.limit: expected a whole number, or -1 for no limit',
  ],
  [
    'linux.resources.cpu',
    { period: 999 },
    'linux.resources.cpu.period: expected a whole number from 1000 to 1000000',
  ],
  [
    'linux.resources.cpu',
    { quota: 5 },
    'linux.resources.cpu.quota: expected at least 1000, or -1 for no limit',
  ],
  [
    'linux.resources.cpu',
    { cpus: '0..3' },
    'linux.resources.cpu.cpus: expected a list of numbers such as "0-3,7"',
  ],
  [
    'linux.resources.pids',
    { limit: 5e6 },
    'linux.resources.pids.limit: expected at most 4194304, or -1 for no limit',
  ],
  [
    'linux.resources.blockIO',
    { weight: 5 },
    'linux.resources.blockIO.weight: expected a whole number from 10 to 1000',
  ],
  [
    'linux.resources.blockIO',
    { weightDevice: [{ major: 8, minor: 0 }] },
    'linux.resources.blockIO.weightDevice[0]: expected "weight" or "leafWeight"',
  ],
  [
    'linux.resources.hugepageLimits',
    [{ pageSize: '2 MiB', limit: 0 }],
    'linux.resources.hugepageLimits[0].pageSize: expected a size such as "2MB"',
  ],
  ['linux.resources.rdma', { mlx5: {} }, 'linux.resources.rdma.mlx5: expected "hcaHandles" or "hcaObjects"'],
  [
    'linux.resources.unified',
    { '../cgroup.procs': '1' },
    'linux.resources.unified.../cgroup.procs: expected a file of cgroup2 such as "memory.high"',
  ],
  [
    'linux.seccomp',
    filter(rule('SCMP_ACT_LOG', { names: [] })),
    'linux.seccomp.syscalls[0].names: expected the name of a system call',
  ],
  [
    'linux.seccomp',
    filter(rule('SCMP_ACT_ALLOW', { errnoRet: 1 })),
    'linux.seccomp.syscalls[0].errnoRet: expected none with the action "SCMP_ACT_ALLOW"',
  ],
  [
    'linux.seccomp',
    filter(rule('SCMP_ACT_ERRNO', { errnoRet: 4096 })),
    'linux.seccomp.syscalls[0].errnoRet: expected a whole number from 0 to 4095',
  ],
  [
    'linux.seccomp',
    { defaultAction: 'SCMP_ACT_KILL', defaultErrnoRet: 38 },
    'linux.seccomp.defaultErrnoRet: expected none with the action "SCMP_ACT_KILL"',
  ],
  [
    'linux.seccomp',
    argument(6, 0, 'SCMP_CMP_EQ'),
    'linux.seccomp.syscalls[0].args[0].index: expected a whole number from 0 to 5',
  ],
  [
    'linux.seccomp',
    argument(0, 2 ** 53, 'SCMP_CMP_EQ'),
    'linux.seccomp.syscalls[0].args[0].value: expected a whole number of 64 bits, unrounded',
  ],
  [
    'linux.seccomp',
    filter(rule('SCMP_ACT_ALLOW', { includes: { caps: ['CAP_SYS_ADMIN'] } })),
    "linux.seccomp.syscalls[0].includes: expected none: it is for Docker's profiles alone",
  ],
  [
    'linux.seccomp',
    { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['x86_64'] },
    'linux.seccomp.architectures[0]: expected a name such as "SCMP_ARCH_X86_64"',
  ],
];

refusals.forEach(([path, value, message], index) => {
  test(`parseRuntimeSpec() refuses a bad ${path} (${index})`, () => {
    assert.throws(() => parseRuntimeSpec(changed({ [path]: value }), 'config.json'), {
      name: 'FirstbornError',
      code: 'config',
      message: `Cannot accept config.json: ${message}`,
    });
  });
});

test('parseRuntimeSpec() lists several bad values in one refusal', () => {
  const value = changed({ 'process.cwd': 'srv', 'linux.sysctl': 1, ociVersion: '0.1.0' });
  assert.throws(() => parseRuntimeSpec(value, 'config.json'), {
    message:
      'Cannot accept config.json: ' +
      'ociVersion: expected a version 1.x of the runtime specification, such as "1.2.0"; ' +
      'process.cwd: expected an absolute path; linux.sysctl: Invalid input: expected record, received number',
  });
});

for (const value of [null, 7, 'x', [], true, undefined]) {
  test(`parseRuntimeSpec() refuses ${JSON.stringify(value)} for a configuration`, () => {
    assert.throws(() => parseRuntimeSpec(value, 'config.json'), {
      code: 'config',
      message: /^Cannot accept config\.json: Invalid input: expected object, received /,
    });
  });
}
