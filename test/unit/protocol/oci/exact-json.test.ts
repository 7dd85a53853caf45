import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatExactJson, parseExactJson } from '../../../../protocol/oci/exact-json.ts';

test('parseExactJson() makes bigint of whole numbers that would be rounded, and of no others', () => {
  const text = '[0,-1,9007199254740991,9007199254740992,18446744073709551615,-9223372036854775808,1.5,1e30]';
  assert.deepEqual(parseExactJson(text, 'it'), [
    0,
    -1,
    9007199254740991,
    9007199254740992n,
    18446744073709551615n,
    -9223372036854775808n,
    1.5,
    1e30,
  ]);
});

test('formatExactJson() writes what parseExactJson() has read', () => {
  const text = '{\n  "a": 18446744073709551615,\n  "b": "x",\n  "c": [\n    1\n  ]\n}\n';
  assert.equal(formatExactJson(parseExactJson(text, 'it')), text);
});

test('parseExactJson() names what is no JSON', () => {
  assert.throws(() => parseExactJson('{', '"profile.json"'), {
    code: 'config',
    message: 'Cannot parse "profile.json" as JSON',
  });
});
