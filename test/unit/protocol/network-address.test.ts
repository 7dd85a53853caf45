import assert from 'node:assert/strict';
import { isIP, isIPv6 } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { addressBytes, addressFamily, parseInterfaceAddress } from '../../../protocol/network-address.ts';

const hex = (text: string): string => Buffer.from(addressBytes(text)).toString('hex');

test('parseInterfaceAddress() reads both families', () => {
  assert.deepEqual(parseInterfaceAddress('10.0.2.15/24'), {
    family: 4,
    address: '10.0.2.15',
    prefixLength: 24,
  });
  assert.deepEqual(parseInterfaceAddress('fd00::2/64'), { family: 6, address: 'fd00::2', prefixLength: 64 });
});

test('parseInterfaceAddress() takes the shortest and the longest prefix of each family', () => {
  assert.equal(parseInterfaceAddress('0.0.0.0/0')?.prefixLength, 0);
  assert.equal(parseInterfaceAddress('10.0.0.1/32')?.prefixLength, 32);
  assert.equal(parseInterfaceAddress('::/0')?.prefixLength, 0);
  assert.equal(parseInterfaceAddress('::1/128')?.prefixLength, 128);
});

const badInterfaceAddresses = [
  '',
  '/',
  '10.0.2.15',
  '10.0.2.15/',
  '/24',
  '10.0.2.15/33',
  '10.0.2.15/-1',
  '10.0.2.15/024',
  '::/129',
  '10.0.2/24',
  '10.0.2.256/24',
  '10.0.02.1/24',
  'fe80::1%eth0/64',
  '10.0.2.15/24/24',
  ' 10.0.2.15/24',
  '10.0.2.15/24 ',
  '10.0.2.15/1e1',
  '10.0.2.15/+4',
  'fd00:::1/64',
  'host/24',
  '[::1]/64',
  '::1/１',
];
for (const text of badInterfaceAddresses) {
  test(`parseInterfaceAddress() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(parseInterfaceAddress(text), undefined);
  });
}

test('addressFamily() tells the families apart and refuses zones', () => {
  assert.equal(addressFamily('192.0.2.1'), 4);
  assert.equal(addressFamily('2001:db8::1'), 6);
  assert.equal(addressFamily('::ffff:192.0.2.1'), 6);
  for (const text of ['fe80::1%eth0', '192.0.2.1/24', 'localhost', '', '1.2.3', '[::1]']) {
    assert.equal(addressFamily(text), undefined, text);
  }
});

test('addressBytes() writes addresses in network order', () => {
  assert.equal(hex('10.0.2.15'), '0a00020f');
  assert.equal(hex('255.255.255.255'), 'ffffffff');
  assert.equal(hex('::'), '00'.repeat(16));
  assert.equal(hex('::1'), `${'00'.repeat(15)}01`);
  assert.equal(hex('1::'), `0001${'00'.repeat(14)}`);
  assert.equal(hex('2001:db8::a:b'), '20010db80000000000000000000a000b');
  assert.equal(hex('1:2:3:4:5:6:7:8'), '00010002000300040005000600070008');
  assert.equal(hex('1:2:3:4:5:6:7::'), '00010002000300040005000600070000');
  assert.equal(hex('::ffff:192.0.2.1'), '00000000000000000000ffffc0000201');
  assert.equal(hex('64:ff9b::192.0.2.33'), '0064ff9b0000000000000000c0000221');
  assert.equal(hex('1:2:3:4:5:6:192.0.2.1'), '000100020003000400050006c0000201');
});

test('addressBytes() refuses what is no plain address', () => {
  assert.throws(() => addressBytes('fe80::1%eth0'), {
    name: 'TypeError',
    message: 'Cannot read "fe80::1%eth0" as an IP address',
  });
});

test('addressBytes() agrees with the URL parser on every spelling of an IPv6 address', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, fc.boolean(), (numbers, upperCase) => {
      const full = numbers.map((number) => number.toString(16)).join(':');
      const padded = numbers.map((number) => number.toString(16).padStart(4, '0')).join(':');
      // URLs write IPv6 hosts in the canonical form of RFC 5952.
      const canonical = new URL(`http://[${full}]`).hostname.slice(1, -1);
      const expected = padded.replaceAll(':', '');
      for (const text of [full, padded, canonical]) {
        assert.ok(isIPv6(text));
        assert.equal(hex(upperCase ? text.toUpperCase() : text), expected);
      }
    }),
  );
});

test('addressBytes() reads the dotted tail of an IPv6 address as the same bytes', () => {
  fc.assert(
    fc.property(fc.ipV4(), (tail) => {
      assert.equal(hex(`64:ff9b::${tail}`), `0064ff9b${'00'.repeat(8)}${hex(tail)}`);
    }),
  );
});

test('addressFamily() agrees with Node on whatever looks like an address', () => {
  const piece = fc.constantFrom(
    '::',
    ':',
    '.',
    '0',
    '1',
    'ff',
    'FFFF',
    '12345',
    '255',
    '256',
    '1.2.3.4',
    '01',
    '%',
    '',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
      const text = pieces.join('');
      assert.equal(addressFamily(text) ?? 0, text.includes('%') ? 0 : isIP(text), text);
    }),
    { numRuns: 3000 },
  );
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(fc.property(address, (text) => assert.equal(addressFamily(text), isIP(text), text)));
});
