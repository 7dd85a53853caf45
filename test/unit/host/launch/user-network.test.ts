import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  macAddress,
  planUserNetwork,
  type UserNetworkOptions,
} from '../../../../host/launch/user-network.ts';

const plan = (changes: Partial<UserNetworkOptions>): ReturnType<typeof planUserNetwork> =>
  planUserNetwork({ addresses: [], dns: [], mac: undefined, ...changes });

const ipv4Default = { network: '10.0.2.0/24', host: '10.0.2.2', dns: '10.0.2.3' };
const ipv6Default = { network: 'fec0::/64', host: 'fec0::2', dns: 'fec0::3' };

describe('planUserNetwork()', () => {
  it("uses the addresses of QEMU's documentation when none is given", () => {
    assert.deepEqual(plan({ mac: '52:54:00:ab:cd:ef' }), {
      stacks: { ipv4: ipv4Default, ipv6: ipv6Default },
      guest: {
        link: 'eth0',
        mac: '52:54:00:ab:cd:ef',
        addresses: ['10.0.2.15/24', 'fec0::15/64'],
        routes: [
          { destination: '0.0.0.0/0', gateway: '10.0.2.2' },
          { destination: '::/0', gateway: 'fec0::2' },
        ],
        resolver: { nameservers: ['10.0.2.3', 'fec0::3'] },
      },
    });
  });

  it('leaves out the family that has no address', () => {
    const { stacks, guest } = plan({ addresses: ['10.0.2.15'] });
    assert.deepEqual(stacks, { ipv4: ipv4Default, ipv6: undefined });
    assert.deepEqual(guest, {
      link: 'eth0',
      addresses: ['10.0.2.15/24'],
      routes: [{ destination: '0.0.0.0/0', gateway: '10.0.2.2' }],
      resolver: { nameservers: ['10.0.2.3'] },
    });
    assert.deepEqual(plan({ addresses: ['fec0::15'] }).stacks, { ipv4: undefined, ipv6: ipv6Default });
  });

  const layouts: [string, string[], { network: string; host: string; dns: string }][] = [
    [
      'a prefix of its own',
      ['192.168.77.9/20'],
      { network: '192.168.64.0/20', host: '192.168.64.2', dns: '192.168.64.3' },
    ],
    ['the first host', ['10.9.8.1'], { network: '10.9.8.0/24', host: '10.9.8.2', dns: '10.9.8.3' }],
    ['the usual gateway', ['10.9.8.2'], { network: '10.9.8.0/24', host: '10.9.8.3', dns: '10.9.8.4' }],
    ['the usual DNS server', ['10.9.8.3'], { network: '10.9.8.0/24', host: '10.9.8.2', dns: '10.9.8.4' }],
    [
      'both, as two addresses',
      ['10.9.8.2', '10.9.8.3'],
      { network: '10.9.8.0/24', host: '10.9.8.4', dns: '10.9.8.5' },
    ],
    ['the smallest network', ['10.9.8.1/29'], { network: '10.9.8.0/29', host: '10.9.8.2', dns: '10.9.8.3' }],
  ];
  for (const [name, addresses, expected] of layouts) {
    it(`makes room for a guest that has ${name}`, () => {
      assert.deepEqual(plan({ addresses }).stacks.ipv4, expected);
    });
  }

  it('lays out an IPv6 network with a prefix of its own', () => {
    const { stacks, guest } = plan({ addresses: ['fd00:1:2::abcd/112'] });
    assert.deepEqual(stacks.ipv6, { network: 'fd00:1:2::/112', host: 'fd00:1:2::2', dns: 'fd00:1:2::3' });
    assert.deepEqual(guest.addresses, ['fd00:1:2::abcd/112']);
  });

  it('takes the nameservers that were asked for', () => {
    assert.deepEqual(plan({ dns: ['1.1.1.1', '2606:4700::1111'] }).guest.resolver, {
      nameservers: ['1.1.1.1', '2606:4700::1111'],
    });
  });

  const refusals: [string, string[], RegExp][] = [
    ['no address', ['10.0.2'], /^Cannot read the address "10\.0\.2"$/],
    [
      "a network's own address",
      ['10.9.8.0'],
      /^Cannot give the guest the address "10\.9\.8\.0": it is no host/,
    ],
    ['a broadcast address', ['10.9.8.255'], /^Cannot give the guest the address "10\.9\.8\.255"/],
    [
      'a second address elsewhere',
      ['10.9.8.7', '10.1.1.1'],
      /^Cannot give the guest the address "10\.1\.1\.1": it is no host of the network "10\.9\.8\.0\/24"$/,
    ],
    ['a network without room', ['10.9.8.1/30'], /^Cannot use the network "10\.9\.8\.0\/30": it has no room/],
    ['a network of one', ['fd00::1/128'], /^Cannot give the guest the address "fd00::1"/],
  ];
  for (const [name, addresses, message] of refusals) {
    it(`refuses ${name}`, () => {
      assert.throws(() => plan({ addresses }), { code: 'usage', message });
    });
  }
});

it('macAddress() derives a stable address from the machine id', () => {
  assert.equal(macAddress('c2ce1794af3f0011'), '52:54:00:c2:ce:17');
});
