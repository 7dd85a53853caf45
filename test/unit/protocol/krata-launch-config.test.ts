import assert from 'node:assert/strict';
import { test } from 'node:test';
import { krataLaunchToLaunchConfig } from '../../../protocol/krata-launch-config.ts';
import { parseLaunchConfig } from '../../../protocol/launch-config.ts';

const root = { format: 'squashfs' };
const network = {
  link: 'eth0',
  ipv4: { address: '10.75.0.2/16', gateway: '10.75.0.1' },
  ipv6: { address: 'fdd4:1476:6c7e::2/48', gateway: 'fdd4:1476:6c7e::1' },
  resolver: { nameservers: ['1.1.1.1', '2606:4700:4700::1111'] },
};

test("parseLaunchConfig() reads a krata host's launch.json", () => {
  const krata = { root, hostname: 'krata', network, env: { A: '1' }, run: ['/bin/sh', '-c', 'exit 3'] };
  assert.deepEqual(parseLaunchConfig(krata), {
    version: 1,
    root: { format: 'squashfs' },
    hostname: 'krata',
    hosts: [],
    network: {
      link: 'eth0',
      addresses: ['10.75.0.2/16', 'fdd4:1476:6c7e::2/48'],
      routes: [
        { destination: '0.0.0.0/0', gateway: '10.75.0.1' },
        { destination: '::/0', gateway: 'fdd4:1476:6c7e::1' },
      ],
      neighbours: [],
      resolver: { nameservers: ['1.1.1.1', '2606:4700:4700::1111'], search: [], options: [] },
    },
    process: {
      command: ['/bin/sh', '-c', 'exit 3'],
      env: { A: '1', KRATA_CONTAINER: '1' },
      envDefaults: { TERM: 'xterm' },
      stdin: false,
    },
    mounts: [],
    limits: {},
    logLevel: 'info',
  });
});

test('parseLaunchConfig() takes null of a krata host for an absent value', () => {
  const absent = parseLaunchConfig({ root });
  assert.deepEqual(parseLaunchConfig({ root, hostname: null, network: null, env: null, run: null }), absent);
  assert.deepEqual(absent, {
    version: 1,
    root: { format: 'squashfs' },
    hosts: [],
    process: { env: { KRATA_CONTAINER: '1' }, envDefaults: { TERM: 'xterm' }, stdin: false },
    mounts: [],
    limits: {},
    logLevel: 'info',
  });
});

test('parseLaunchConfig() configures one stack when a krata host gives no IPv6', () => {
  for (const ipv6 of [undefined, null]) {
    const config = parseLaunchConfig({ root, network: { ...network, ipv6 } });
    assert.deepEqual(config.network?.addresses, ['10.75.0.2/16']);
    assert.deepEqual(config.network?.routes, [{ destination: '0.0.0.0/0', gateway: '10.75.0.1' }]);
  }
});

test('parseLaunchConfig() tells the family of a krata gateway by its spelling', () => {
  const ipv4 = { address: 'fd00::2/64', gateway: 'fd00::1' };
  const config = parseLaunchConfig({ root, network: { ...network, ipv4, ipv6: null } });
  assert.deepEqual(config.network?.routes, [{ destination: '::/0', gateway: 'fd00::1' }]);
});

test('parseLaunchConfig() sets the krata marker over what the host says', () => {
  const config = parseLaunchConfig({ root, env: { KRATA_CONTAINER: '0' } });
  assert.deepEqual(config.process.env, { KRATA_CONTAINER: '1' });
});

test('krataLaunchToLaunchConfig() leaves an empty hostname out', () => {
  assert.equal('hostname' in krataLaunchToLaunchConfig({ root: { format: 'erofs' }, hostname: '' }), false);
});

const refusals: [what: string, value: object, message: string][] = [
  ['an empty object', {}, 'root: Invalid input: expected object, received undefined'],
  ['an unknown key', { root, stopGraceMs: 1 }, 'stopGraceMs: unknown key'],
  [
    'another root format',
    { root: { format: 'ext4' } },
    'root.format: Invalid option: expected one of "squashfs"|"erofs"',
  ],
  [
    'a network without IPv4',
    { root, network: { ...network, ipv4: undefined } },
    'network.ipv4: Invalid input: expected object, received undefined',
  ],
  [
    'a network without a resolver',
    { root, network: { ...network, resolver: null } },
    'network.resolver: Invalid input: expected object, received null',
  ],
  [
    'a stack without a gateway',
    { root, network: { ...network, ipv6: { address: 'fd00::2/64' } } },
    'network.ipv6.gateway: Invalid input: expected string, received undefined',
  ],
  [
    'an address without a prefix length',
    { root, network: { ...network, ipv4: { address: '10.75.0.2', gateway: '10.75.0.1' } } },
    'network.addresses[0]: expected an address with a prefix length, such as "10.0.2.15/24"',
  ],
  [
    'a gateway that is no address',
    { root, network: { ...network, ipv4: { address: '10.75.0.2/16', gateway: 'router' } } },
    'network.routes[0].gateway: expected an IPv4 or IPv6 address',
  ],
  [
    'a hostname that is none',
    { root, hostname: 'a b' },
    'hostname: expected letters, digits, inner dashes and dots',
  ],
  [
    'a variable without a name',
    { root, env: { '': 'x' } },
    'process.env.: expected a variable name without "=" and NUL',
  ],
];
for (const [what, value, message] of refusals) {
  test(`parseLaunchConfig() refuses a krata config with ${what}`, () => {
    assert.throws(() => parseLaunchConfig(value), {
      name: 'FirstbornError',
      code: 'config',
      message: `Cannot accept launch.json: ${message}`,
    });
  });
}
