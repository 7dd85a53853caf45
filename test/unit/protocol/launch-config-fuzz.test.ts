import { test } from 'node:test';
import { parseLaunchConfig } from '../../../protocol/launch-config.ts';
import { fuzzParser } from '../../support/parser-fuzzing.ts';

const ours = {
  version: 1,
  root: { format: 'squashfs', writableMiB: 64 },
  hostname: 'web',
  hosts: [{ address: '10.0.0.1', names: ['db'] }],
  network: {
    link: 'eth0',
    mtu: 1400,
    addresses: ['10.0.2.15/24', 'fd00::2/64'],
    routes: [{ destination: '0.0.0.0/0', gateway: '10.0.2.2', metric: 10 }],
    neighbours: [{ address: '10.0.2.2', mac: '52:54:00:00:00:01' }],
    resolver: { nameservers: ['10.0.2.3'], search: ['example.org'] },
  },
  process: {
    entrypoint: ['sh'],
    command: ['-c', 'exit'],
    env: { A: '1' },
    envDefaults: { B: '2' },
    user: '1000:100',
    workingDir: '/srv',
    stopSignal: 'SIGTERM',
    stdin: true,
    terminal: { columns: 80, rows: 25 },
  },
  mounts: [
    { type: 'tmpfs', destination: '/tmp', sizeBytes: 4096 },
    { type: 'disk', destination: '/data', serial: 'data', format: 'ext4', readonly: true },
    { type: 'share', destination: '/share', tag: 'share', driver: '9p' },
  ],
  limits: { memoryBytes: 2 ** 28, pids: 100, cpus: 0.5, cpuShares: 2 },
  container: {
    capAdd: ['CAP_NET_ADMIN'],
    capDrop: ['ALL'],
    seccomp: { file: 'profile.json' },
    readonlyRoot: true,
    rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: -1 }],
    sysctl: { 'net.core.somaxconn': '1' },
    devices: [{ path: '/dev/fuse', access: 'rw' }],
    groupAdd: ['wheel'],
    userns: 'private',
    annotations: { a: 'b' },
    umask: 0o22,
  },
  stopGraceMs: 1000,
  health: { test: ['CMD', 'true'], intervalMs: 1000 },
  logLevel: 'info',
};

/** As krata's daemon writes it. */
const krata = {
  root: { format: 'squashfs' },
  hostname: 'web',
  network: {
    link: 'eth0',
    ipv4: { address: '10.75.0.2/16', gateway: '10.75.0.1' },
    ipv6: { address: 'fd00::2/64', gateway: 'fd00::1' },
    resolver: { nameservers: ['1.1.1.1'] },
  },
  env: { A: '1' },
  run: ['sh'],
};

test('parseLaunchConfig() throws nothing but its own error, whatever it is given', () => {
  fuzzParser(parseLaunchConfig, [ours, krata], 'config');
});
