import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import { hostsFile, resolvConfFile, setIdentity } from '../../../../init/phases/identity.ts';
import { parseLaunchConfig } from '../../../../protocol/launch-config.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

const loopback = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n';
const launch = { version: 1, root: { format: 'squashfs' } };

test('hostsFile() names the loopback alone when the machine has no name of its own', () => {
  assert.equal(hostsFile(undefined, []), loopback);
  assert.equal(hostsFile('localhost', []), loopback);
});

test('hostsFile() gives the own name a line', () => {
  assert.equal(hostsFile('web', []), `${loopback}127.0.1.1\tweb\n`);
});

test('hostsFile() adds the first label of a name with dots', () => {
  assert.equal(hostsFile('web.example.org', []), `${loopback}127.0.1.1\tweb.example.org web\n`);
});

test('hostsFile() puts what the host added at the end, in its order', () => {
  const entries = [
    { address: '10.0.2.9', names: ['db', 'db.example.org'] },
    { address: 'fd00::9', names: ['db'] },
  ];
  assert.equal(hostsFile(undefined, entries), `${loopback}10.0.2.9\tdb db.example.org\nfd00::9\tdb\n`);
});

const resolvers: [what: string, network: object | undefined, file: string | undefined][] = [
  ['no network', undefined, undefined],
  ['no resolver', { link: 'eth0' }, undefined],
  ['an empty resolver', { link: 'eth0', resolver: { nameservers: [] } }, '\n'],
  [
    'two servers',
    { link: 'eth0', resolver: { nameservers: ['10.0.2.3', 'fd00::3'] } },
    'nameserver 10.0.2.3\nnameserver fd00::3\n',
  ],
  [
    'all settings',
    {
      link: 'eth0',
      resolver: {
        nameservers: ['10.0.2.3'],
        search: ['a.example', 'b.example'],
        options: ['ndots:2', 'edns0'],
      },
    },
    'search a.example b.example\nnameserver 10.0.2.3\noptions ndots:2 edns0\n',
  ],
];
for (const [what, network, file] of resolvers) {
  test(`resolvConfFile() for ${what} is ${JSON.stringify(file) ?? 'absent'}`, () => {
    assert.equal(resolvConfFile(parseLaunchConfig({ ...launch, network }).network), file);
  });
}

test('setIdentity() names the machine and hands the files out', () => {
  const native = new FakeNative();
  const files = setIdentity(
    native,
    makeRecordingLog().log,
    parseLaunchConfig({ ...launch, hostname: 'web' }),
  );
  assert.deepEqual(native.plans, [new Plan().setHostname('web').bytes()]);
  assert.deepEqual(files, {
    hostname: 'web\n',
    hosts: `${loopback}127.0.1.1\tweb\n`,
    resolvConf: undefined,
  });
});

test('setIdentity() calls a machine without a name localhost and leaves its /etc/hostname alone', () => {
  const native = new FakeNative();
  const files = setIdentity(native, makeRecordingLog().log, parseLaunchConfig(launch));
  assert.deepEqual(native.plans, [new Plan().setHostname('localhost').bytes()]);
  assert.equal(files.hostname, undefined);
});
