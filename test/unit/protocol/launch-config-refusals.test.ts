import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLaunchConfig } from '../../../protocol/launch-config.ts';
import { withValue } from './launch-config-fixture.ts';

/** Every field with values that nobody may send, and what is said about them. */
const refusals: [path: string, value: unknown, message: string][] = [
  ['version', 2, 'version: Invalid input: expected 1'],
  ['version', 0, 'version: Invalid input: expected 1'],
  ['version', '1', 'version: Invalid input: expected 1'],
  ['version', null, 'version: Invalid input: expected 1'],
  ['root', undefined, 'root: Invalid input: expected object, received undefined'],
  ['root', 'squashfs', 'root: Invalid input: expected object, received string'],
  ['root.format', undefined, 'root.format: Invalid option: expected one of "squashfs"|"erofs"'],
  ['root.format', 'ext4', 'root.format: Invalid option: expected one of "squashfs"|"erofs"'],
  ['root.format', 'EROFS', 'root.format: Invalid option: expected one of "squashfs"|"erofs"'],
  ['root.writableMiB', 0, 'root.writableMiB: Too small: expected number to be >=1'],
  ['root.writableMiB', 1.5, 'root.writableMiB: Invalid input: expected int, received number'],
  ['root.writableMiB', (1 << 24) + 1, 'root.writableMiB: Too big: expected number to be <=16777216'],
  ['root.writableMiB', '64', 'root.writableMiB: Invalid input: expected number, received string'],
  ['root.size', 64, 'root.size: unknown key'],
  ['mounts', {}, 'mounts: Invalid input: expected array, received object'],
  ['mounts', [{ type: 'tmpfs', destination: '/' }], 'mounts[0].destination: expected a path other than "/"'],
  [
    'mounts',
    [{ type: 'disk', destination: '/x', serial: 'a b', format: 'ext4' }],
    'mounts[0].serial: expected a disk serial',
  ],
  [
    'mounts',
    [{ type: 'share', destination: '/x', tag: '', driver: '9p' }],
    'mounts[0].tag: expected a share tag',
  ],
  ['limits.pids', 0, 'limits.pids: Too small: expected number to be >=1'],
  ['limits.memoryBytes', 1, 'limits.memoryBytes: Too small: expected number to be >=4096'],
  ['limits.cores', 1, 'limits.cores: unknown key'],
  ['limits.cpus', 0, 'limits.cpus: Too small: expected number to be >=0.01'],
  ['limits.cpus', 8193, 'limits.cpus: Too big: expected number to be <=8192'],
  ['limits.cpuShares', 1, 'limits.cpuShares: Too small: expected number to be >=2'],
  ['limits.cpuShares', 262_145, 'limits.cpuShares: Too big: expected number to be <=262144'],
  ['limits.cpusetCpus', '0-', 'limits.cpusetCpus: expected a list such as "0-3,7"'],
  ['limits.cpusetMems', 'all', 'limits.cpusetMems: expected a list such as "0-3,7"'],
  ['limits.memorySwapBytes', -2, 'limits.memorySwapBytes: Too small: expected number to be >=-1'],
  [
    'limits.memoryReservationBytes',
    1,
    'limits.memoryReservationBytes: Too small: expected number to be >=4096',
  ],
  ['runtimeConfig', 'yes', 'runtimeConfig: Invalid input: expected boolean, received string'],
  ['hostname', '', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', '-web', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', 'web-', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', 'web_1', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', 'web..org', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', 'web.', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', 'wéb', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', 'a'.repeat(65), 'hostname: Too big: expected string to have <=64 characters'],
  ['hostname', 'web\n127.0.0.1 bank.example', 'hostname: expected letters, digits, inner dashes and dots'],
  ['hostname', null, 'hostname: Invalid input: expected string, received null'],
  ['hosts', {}, 'hosts: Invalid input: expected array, received object'],
  [
    'hosts',
    Array.from({ length: 257 }, () => ({ address: '::1', names: ['a'] })),
    'hosts: Too big: expected array to have <=256 items',
  ],
  ['hosts', [{ address: '::1', names: [] }], 'hosts[0].names: Too small: expected array to have >=1 items'],
  ['hosts', [{ address: 'localhost', names: ['a'] }], 'hosts[0].address: expected an IPv4 or IPv6 address'],
  [
    'hosts',
    [{ address: '::1', names: ['a', 'b c'] }],
    'hosts[0].names[1]: expected letters, digits, inner dashes and dots',
  ],
  ['hosts', [{ address: '::1', names: ['a'], name: 'a' }], 'hosts[0].name: unknown key'],
  ['network', null, 'network: Invalid input: expected object, received null'],
  ['network', {}, 'network.link: Invalid input: expected string, received undefined'],
  ['network.link', '', 'network.link: expected an interface name of 1 to 15 characters'],
  ['network.link', 'a'.repeat(16), 'network.link: expected an interface name of 1 to 15 characters'],
  ['network.link', 'eth0/../lo', 'network.link: expected an interface name of 1 to 15 characters'],
  ['network.link', '..', 'network.link: expected an interface name of 1 to 15 characters'],
  ['network.link', 'eth 0', 'network.link: expected an interface name of 1 to 15 characters'],
  ['network.mac', '52:54:00:12:34', 'network.mac: expected a MAC address such as "52:54:00:12:34:56"'],
  ['network.mac', '52-54-00-12-34-56', 'network.mac: expected a MAC address such as "52:54:00:12:34:56"'],
  ['network.mac', '52:54:00:AB:CD:EF', 'network.mac: expected a MAC address such as "52:54:00:12:34:56"'],
  ['network.mtu', 67, 'network.mtu: Too small: expected number to be >=68'],
  ['network.mtu', 65536, 'network.mtu: Too big: expected number to be <=65535'],
  ['network.mtu', 1400.5, 'network.mtu: Invalid input: expected int, received number'],
  [
    'network.addresses',
    ['10.0.2.15'],
    'network.addresses[0]: expected an address with a prefix length, such as "10.0.2.15/24"',
  ],
  [
    'network.addresses',
    ['10.0.2.15/24', 'fe80::1%eth0/64'],
    'network.addresses[1]: expected an address with a prefix length, such as "10.0.2.15/24"',
  ],
  [
    'network.addresses',
    Array.from({ length: 65 }, () => '10.0.0.1/8'),
    'network.addresses: Too big: expected array to have <=64 items',
  ],
  [
    'network.routes',
    [{ destination: '::/0', gateway: '10.0.2.2' }],
    'network.routes[0].gateway: expected an IPv6 gateway for an IPv6 destination',
  ],
  [
    'network.routes',
    [{ destination: 'default', gateway: '10.0.2.2' }],
    'network.routes[0].destination: expected an address with a prefix length, such as "10.0.2.15/24"',
  ],
  [
    'network.routes',
    [{ gateway: '10.0.2.2' }],
    'network.routes[0].destination: Invalid input: expected string, received undefined',
  ],
  [
    'network.routes',
    [{ destination: '::/0', gateway: 'fe80::1%eth0' }],
    'network.routes[0].gateway: expected an IPv4 or IPv6 address',
  ],
  [
    'network.routes',
    [{ destination: '::/0', gateway: 'fe80::1/64' }],
    'network.routes[0].gateway: expected an IPv4 or IPv6 address',
  ],
  [
    'network.routes',
    [{ destination: '::/0', metric: -1 }],
    'network.routes[0].metric: Too small: expected number to be >=0',
  ],
  [
    'network.routes',
    [{ destination: '::/0', metric: 2 ** 32 }],
    'network.routes[0].metric: Too big: expected number to be <=4294967295',
  ],
  ['network.routes', [{ destination: '::/0', via: 'fe80::1' }], 'network.routes[0].via: unknown key'],
  [
    'network.neighbours',
    [{ address: '10.0.2.2' }],
    'network.neighbours[0].mac: Invalid input: expected string, received undefined',
  ],
  [
    'network.neighbours',
    [{ address: '10.0.2.2', mac: 'aa' }],
    'network.neighbours[0].mac: expected a MAC address such as "52:54:00:12:34:56"',
  ],
  [
    'network.neighbours',
    [{ address: '10.0.2.2', mac: '52:54:00:00:00:01', state: 'permanent' }],
    'network.neighbours[0].state: unknown key',
  ],
  ['network.resolver', {}, 'network.resolver.nameservers: Invalid input: expected array, received undefined'],
  [
    'network.resolver',
    { nameservers: ['dns.example'] },
    'network.resolver.nameservers[0]: expected an IPv4 or IPv6 address',
  ],
  [
    'network.resolver',
    { nameservers: Array.from({ length: 17 }, () => '::1') },
    'network.resolver.nameservers: Too big: expected array to have <=16 items',
  ],
  [
    'network.resolver',
    { nameservers: [], search: ['a\nnameserver 192.0.2.66'] },
    'network.resolver.search[0]: expected letters, digits, inner dashes and dots',
  ],
  [
    'network.resolver',
    { nameservers: [], options: ['ndots 2'] },
    'network.resolver.options[0]: Invalid string: must match pattern /^[a-z0-9:-]+$/',
  ],
  ['network.resolver', { nameservers: [], domain: 'example.org' }, 'network.resolver.domain: unknown key'],
  ['network.dhcp', true, 'network.dhcp: unknown key'],
  ['process', null, 'process: Invalid input: expected object, received null'],
  ['process', [], 'process: Invalid input: expected object, received array'],
  ['process.entrypoint', '/bin/sh', 'process.entrypoint: Invalid input: expected array, received string'],
  ['process.command', ['a\0b'], 'process.command[0]: must not contain a NUL byte'],
  ['process.command', ['a', 1], 'process.command[1]: Invalid input: expected string, received number'],
  [
    'process.command',
    ['x'.repeat(128 * 1024 + 1)],
    'process.command[0]: Too big: expected string to have <=131072 characters',
  ],
  [
    'process.command',
    Array.from({ length: 4097 }, () => 'x'),
    'process.command: Too big: expected array to have <=4096 items',
  ],
  ['process.env', ['A=1'], 'process.env: Invalid input: expected record, received array'],
  ['process.env', { 'A=B': '1' }, 'process.env.A=B: expected a variable name without "=" and NUL'],
  ['process.env', { '': '1' }, 'process.env.: expected a variable name without "=" and NUL'],
  ['process.env', { A: 1 }, 'process.env.A: Invalid input: expected string, received number'],
  ['process.env', { A: null }, 'process.env.A: Invalid input: expected string, received null'],
  ['process.env', { A: 'x\0' }, 'process.env.A: must not contain a NUL byte'],
  ['process.envDefaults', { A: 1 }, 'process.envDefaults.A: Invalid input: expected string, received number'],
  ['process.user', 0, 'process.user: Invalid input: expected string, received number'],
  ['process.user', 'a\0', 'process.user: must not contain a NUL byte'],
  ['process.workingDir', 'srv', 'process.workingDir: Invalid string: must start with "/"'],
  ['process.workingDir', '', 'process.workingDir: Invalid string: must start with "/"'],
  ['process.stopSignal', 'SIGNOPE', 'process.stopSignal: expected a signal such as "SIGTERM"'],
  ['process.stopSignal', 15, 'process.stopSignal: Invalid input: expected string, received number'],
  ['process.stopSignal', '', 'process.stopSignal: expected a signal such as "SIGTERM"'],
  ['process.stdin', 'yes', 'process.stdin: Invalid input: expected boolean, received string'],
  ['process.tty', true, 'process.tty: unknown key'],
  ['stopGraceMs', -1, 'stopGraceMs: Too small: expected number to be >=0'],
  ['stopGraceMs', 86_400_001, 'stopGraceMs: Too big: expected number to be <=86400000'],
  ['stopGraceMs', 0.5, 'stopGraceMs: Invalid input: expected int, received number'],
  ['stopGraceMs', '10s', 'stopGraceMs: Invalid input: expected number, received string'],
  [
    'logLevel',
    'verbose',
    'logLevel: Invalid option: expected one of "trace"|"debug"|"info"|"warn"|"error"|"fatal"',
  ],
  ['logLevel', 7, 'logLevel: Invalid option: expected one of "trace"|"debug"|"info"|"warn"|"error"|"fatal"'],
  ['image', 'alpine', 'image: unknown key'],
];

for (const [path, value, message] of refusals) {
  const shown = (JSON.stringify(value) ?? 'undefined').slice(0, 60);
  test(`parseLaunchConfig() refuses ${path} of ${shown}`, () => {
    assert.throws(() => parseLaunchConfig(withValue(path, value)), {
      name: 'FirstbornError',
      code: 'config',
      message: `Cannot accept launch.json: ${message}`,
    });
  });
}

test('parseLaunchConfig() accepts the config that the table changes', () => {
  assert.doesNotThrow(() => parseLaunchConfig(withValue('hostname', 'web')));
});

const deepConfig = {
  version: 1,
  root: { format: 'squashfs' },
  process: {},
  hosts: [{ address: '::1', names: ['a'] }],
  network: { link: 'eth0', routes: [{ destination: '::/0' }], resolver: { nameservers: [] } },
};

test('parseLaunchConfig() refuses an unknown key at any depth by its path', () => {
  const places = ['', 'root', 'process', 'network', 'network.resolver', 'network.routes.0', 'hosts.0'];
  for (const place of places) {
    const root: Record<string, unknown> = structuredClone(deepConfig);
    const keys = place === '' ? [] : place.split('.');
    const parent = keys.reduce((object, key) => object[key] as Record<string, unknown>, root);
    parent['surprise'] = 1;
    const path = [...keys, 'surprise'].join('.').replaceAll(/\.(\d+)/g, '[$1]');
    assert.throws(() => parseLaunchConfig(root), {
      message: `Cannot accept launch.json: ${path}: unknown key`,
    });
  }
});

test('parseLaunchConfig() names every bad value of a config at once', () => {
  assert.throws(() => parseLaunchConfig({ version: 1, root: { format: 'x', y: 1 }, hostname: 1, extra: 2 }), {
    message:
      'Cannot accept launch.json: root.format: Invalid option: expected one of "squashfs"|"erofs"; ' +
      'root.y: unknown key; hostname: Invalid input: expected string, received number; extra: unknown key',
  });
});

test('parseLaunchConfig() refuses what is no object', () => {
  for (const [value, kind] of [
    [null, 'null'],
    [[], 'array'],
    ['{}', 'string'],
    [undefined, 'undefined'],
  ] as const) {
    assert.throws(() => parseLaunchConfig(value), {
      message: `Cannot accept launch.json: Invalid input: expected object, received ${kind}`,
    });
  }
});
