import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addressToNumber,
  formatNetwork,
  networkOf,
  numberToAddress,
} from '../../../../host/launch/ip-arithmetic.ts';

describe('numberToAddress()', () => {
  for (const text of [
    '0.0.0.0',
    '10.0.2.255',
    '255.255.255.255',
    '::',
    '::1',
    'fec0::15',
    '1::',
    '2001:db8:0:1:1:1:1:1',
    '2001:db8::1:0:0:1',
    '1:0:0:2::3',
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ]) {
    it(`writes ${text} as RFC 5952 does`, () => {
      assert.equal(numberToAddress(text.includes(':') ? 6 : 4, addressToNumber(text)), text);
    });
  }

  it('shortens the first of two runs of the same length', () => {
    assert.equal(numberToAddress(6, addressToNumber('2001:0:0:1:0:0:1:1')), '2001::1:0:0:1:1');
  });
});

describe('networkOf()', () => {
  for (const [address, prefixLength, expected] of [
    ['10.0.2.15', 24, '10.0.2.0/24'],
    ['10.255.3.4', 9, '10.128.0.0/9'],
    ['10.0.2.15', 32, '10.0.2.15/32'],
    ['10.0.2.15', 0, '0.0.0.0/0'],
    ['fec0::15', 64, 'fec0::/64'],
    ['fd00:1:2:3f::1', 57, 'fd00:1:2::/57'],
  ] as const) {
    it(`finds ${expected}`, () => {
      const family = address.includes(':') ? 6 : 4;
      assert.equal(formatNetwork(networkOf({ family, address, prefixLength })), expected);
    });
  }
});
