import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BridgeWish, planBridgeNetwork, xenMacAddress } from '../../../../host/launch/bridge-network.ts';

const wish: BridgeWish = {
  mode: 'bridge',
  bridge: 'xenbr0',
  addresses: ['10.9.0.2/24'],
  gateways: [],
  dns: [],
};

describe('planBridgeNetwork()', () => {
  it('gives the guest its addresses, and nothing that nobody has said', () => {
    assert.deepEqual(planBridgeNetwork(wish, '00:16:3e:01:02:03'), {
      link: 'eth0',
      mac: '00:16:3e:01:02:03',
      addresses: ['10.9.0.2/24'],
      routes: [],
    });
  });

  it('makes routes and nameservers of both families', () => {
    const both = { ...wish, addresses: ['10.9.0.2/24', 'fd09::2/64'], gateways: ['fd09::1', '10.9.0.1'] };
    assert.deepEqual(planBridgeNetwork({ ...both, dns: ['10.9.0.1'] }, undefined), {
      link: 'eth0',
      addresses: ['10.9.0.2/24', 'fd09::2/64'],
      routes: [
        { destination: '::/0', gateway: 'fd09::1' },
        { destination: '0.0.0.0/0', gateway: '10.9.0.1' },
      ],
      resolver: { nameservers: ['10.9.0.1'] },
    });
  });

  const bad: [string, Partial<BridgeWish>][] = [
    ['no address', { addresses: [] }],
    ['an address without its prefix', { addresses: ['10.9.0.2'] }],
    ['a gateway of a family that the guest has not', { gateways: ['fd09::1'] }],
    ['two gateways of one family', { gateways: ['10.9.0.1', '10.9.0.3'] }],
    ['a bridge that no interface can be', { bridge: 'a bridge' }],
    ['a bridge with a name that is too long', { bridge: 'a'.repeat(16) }],
  ];
  for (const [what, change] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(() => planBridgeNetwork({ ...wish, ...change }, undefined), { code: 'usage' });
    });
  }
});

describe('xenMacAddress()', () => {
  it("is under Xen's prefix and the machine's own", () => {
    assert.equal(xenMacAddress('5308b0e0523ffbd7'), '00:16:3e:53:08:b0');
  });
});
