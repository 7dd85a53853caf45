import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeXattrs, isXattrSupported } from '../../../../image/erofs/xattr.ts';

function encode(pairs: Record<string, Buffer>): Buffer {
  return encodeXattrs('a/b', new Map(Object.entries(pairs)));
}

test('encodeXattrs() writes a header and one padded entry per attribute, sorted by name', () => {
  const expected = [
    '00000000 00 00000000000000', // name filter, shared count, reserved
    '0a 06 0300', // length of name, security., length of value
    '6361706162696c697479 010203 000000', // capability, the value, padded to four bytes
    '01 01 0000', // user., no value
    '78 000000',
  ];
  const body = encode({ 'user.x': Buffer.alloc(0), 'security.capability': Buffer.from([1, 2, 3]) });
  assert.equal(body.toString('hex'), expected.join('').replaceAll(' ', ''));
});

test('encodeXattrs() knows every prefix', () => {
  const indexes = {
    'user.a': 1,
    'system.posix_acl_access': 2,
    'system.posix_acl_default': 3,
    'trusted.a': 4,
    'security.a': 6,
  };
  for (const [name, index] of Object.entries(indexes)) {
    const body = encode({ [name]: Buffer.from('value') });
    assert.equal(body[13], index, name);
    assert.equal(body[12], name.endsWith('.a') ? 1 : 0, name);
  }
});

test('encodeXattrs() writes nothing for no attributes', () => {
  assert.equal(encode({}).length, 0);
});

test('encodeXattrs() refuses what the format cannot hold', () => {
  const refused: [Record<string, Buffer>, RegExp][] = [
    [
      { 'lustre.x': Buffer.alloc(1) },
      /^Cannot add "a\/b": attribute "lustre.x" has a name that EROFS cannot hold$/,
    ],
    [{ 'user.': Buffer.alloc(1) }, /cannot hold/],
    [{ 'system.posix_acl_other': Buffer.alloc(1) }, /cannot hold/],
    [{ [`user.${'n'.repeat(251)}`]: Buffer.alloc(1) }, /a name of more than 255 bytes$/],
    [{ 'user.a\0b': Buffer.alloc(1) }, /has a NUL byte in its name$/],
    [{ 'user.x': Buffer.alloc(65_536) }, /has 65536 bytes, at most 65535$/],
    [
      Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`user.${index}`, Buffer.alloc(60_000)])),
      /its attributes take 300052 bytes, at most 262148$/,
    ],
  ];
  for (const [pairs, message] of refused) assert.throws(() => encode(pairs), { code: 'image', message });
});

test('isXattrSupported() tells what encodeXattrs() takes', () => {
  assert.equal(isXattrSupported('security.capability'), true);
  assert.equal(isXattrSupported('system.nfs4_acl'), false);
});
