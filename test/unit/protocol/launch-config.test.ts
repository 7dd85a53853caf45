import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LaunchConfigInput, parseLaunchConfig } from '../../../protocol/launch-config.ts';

const smallest = { version: 1, root: { format: 'squashfs' } } as const;

const full: LaunchConfigInput = {
  version: 1,
  root: { format: 'erofs', writableMiB: 64 },
  hostname: 'web-1.example.org',
  hosts: [{ address: 'fd00::9', names: ['db', 'db.example.org'] }],
  network: {
    link: 'eth0',
    mac: '52:54:00:12:34:56',
    mtu: 1400,
    addresses: ['10.0.2.15/24', 'fd00::2/64'],
    routes: [
      { destination: '0.0.0.0/0', gateway: '10.0.2.2', metric: 0 },
      { destination: '192.0.2.0/24' },
      { destination: '::/0', gateway: 'fe80::1', metric: 0xffffffff },
    ],
    neighbours: [{ address: '10.0.2.2', mac: '52:54:00:00:00:01' }],
    resolver: {
      nameservers: ['10.0.2.3', 'fd00::3'],
      search: ['example.org'],
      options: ['ndots:2', 'edns0'],
    },
  },
  process: {
    entrypoint: ['/entry'],
    command: ['--flag', ''],
    env: { PATH: '/bin', EMPTY: '', 'WITH.DOT': 'a=b' },
    envDefaults: { TERM: 'xterm' },
    user: '1000:1000',
    workingDir: '/srv',
    stopSignal: 'SIGRTMIN+3',
    stdin: true,
    terminal: { rows: 24, columns: 80 },
  },
  mounts: [
    {
      type: 'tmpfs',
      destination: '/scratch',
      readonly: false,
      sizeBytes: 4096,
      mode: 0o700,
      options: ['exec'],
    },
    { type: 'disk', destination: '/data', readonly: false, serial: 'firstborn-vol-0', format: 'ext4' },
    { type: 'share', destination: '/src', readonly: true, tag: 'firstborn-0', driver: 'virtiofs' },
  ],
  limits: {
    memoryBytes: 64 * 1024 * 1024,
    memoryReservationBytes: 4096,
    memorySwapBytes: -1,
    pids: 100,
    cpus: 0.5,
    cpuShares: 512,
    cpusetCpus: '0-2,4',
    cpusetMems: '0',
  },
  container: {
    privileged: false,
    capAdd: ['ALL'],
    capDrop: ['CAP_MKNOD'],
    seccomp: { file: 'seccomp.json' },
    noNewPrivileges: true,
    readonlyRoot: true,
    rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: -1 }],
    sysctl: { 'net.core.somaxconn': '1024' },
    devices: [{ path: '/dev/fuse', destination: '/dev/fuse0', access: 'rw' }],
    groupAdd: ['wheel', '5'],
    shmSizeBytes: 4096,
    init: true,
    userns: 'private',
    domainname: 'example.org',
    annotations: { 'org.example.key': '' },
    oomScoreAdj: -1000,
    umask: 0o27,
  },
  runtimeConfig: false,
  stopGraceMs: 0,
  logLevel: 'trace',
};

test('parseLaunchConfig() fills in the defaults of the smallest config', () => {
  assert.deepEqual(parseLaunchConfig(smallest), {
    version: 1,
    root: { format: 'squashfs' },
    hosts: [],
    process: { env: {}, envDefaults: {}, stdin: false },
    mounts: [],
    limits: {},
    logLevel: 'info',
  });
});

test('parseLaunchConfig() fills in the defaults of a network and its resolver', () => {
  const network = { link: 'eth0', resolver: { nameservers: [] } };
  assert.deepEqual(parseLaunchConfig({ ...smallest, network }).network, {
    link: 'eth0',
    addresses: [],
    routes: [],
    neighbours: [],
    resolver: { nameservers: [], search: [], options: [] },
  });
});

test('parseLaunchConfig() fills in the defaults of a process that names only its command', () => {
  assert.deepEqual(parseLaunchConfig({ ...smallest, process: { command: ['true'] } }).process, {
    command: ['true'],
    env: {},
    envDefaults: {},
    stdin: false,
  });
});

test('parseLaunchConfig() keeps every value of a full config', () => {
  assert.deepEqual(parseLaunchConfig(full), full);
});

test('parseLaunchConfig() reads back what JSON made of a full config', () => {
  assert.deepEqual(parseLaunchConfig(JSON.parse(JSON.stringify(full))), full);
});

test('parseLaunchConfig() gives each config defaults of its own', () => {
  const first = parseLaunchConfig(smallest);
  first.process.env['LEFT'] = 'over';
  first.hosts.push({ address: '::1', names: ['x'] });
  const second = parseLaunchConfig(smallest);
  assert.deepEqual(second.process.env, {});
  assert.deepEqual(second.hosts, []);
});

test('parseLaunchConfig() accepts values at their limits', () => {
  for (const change of [
    { hostname: 'a'.repeat(64) },
    { stopGraceMs: 86_400_000 },
    { root: { format: 'erofs', writableMiB: 1 } },
    { root: { format: 'erofs', writableMiB: 1 << 24 } },
    { network: { link: 'a'.repeat(15), mtu: 68 } },
    { network: { link: 'eth0.100', mtu: 65535 } },
    { process: { command: Array.from({ length: 4096 }, () => 'x') } },
    { process: { command: ['x'.repeat(128 * 1024)] } },
    { process: { user: '' } },
  ]) {
    assert.doesNotThrow(() => parseLaunchConfig({ ...smallest, ...change }));
  }
});
