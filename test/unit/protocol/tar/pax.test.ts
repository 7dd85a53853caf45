import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  decodePaxNumber,
  decodePaxRecords,
  decodePaxTime,
  encodePaxRecord,
  encodePaxTime,
} from '../../../../protocol/tar/pax.ts';

test('decodePaxRecords() keeps binary values, order and repetitions', () => {
  const value = Buffer.from('0100000200040000ff0a3d00', 'hex');
  const bytes = Buffer.concat([
    encodePaxRecord('SCHILY.xattr.security.capability', value),
    encodePaxRecord('a', Buffer.from('1')),
    encodePaxRecord('a', Buffer.from('2')),
  ]);
  assert.deepEqual(decodePaxRecords(bytes), [
    { key: 'SCHILY.xattr.security.capability', value },
    { key: 'a', value: Buffer.from('1') },
    { key: 'a', value: Buffer.from('2') },
  ]);
});

test('encodePaxRecord() counts the digits of its own length', () => {
  assert.equal(encodePaxRecord('path', Buffer.from('x')).toString(), '9 path=x\n');
  assert.equal(encodePaxRecord('path', Buffer.alloc(2)).toString(), '11 path=\0\0\n');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (value) => {
      const record = encodePaxRecord('k', value);
      assert.equal(Number.parseInt(record.toString('latin1'), 10), record.length);
    }),
    { seed: 2, numRuns: 200 },
  );
});

test('decodePaxRecords() refuses malformed records', () => {
  for (const text of ['5 a=1', 'x a=1\n', '99 a=1\n', '6 a=1\n\n', '0 a=1\n', '5 a1\n', ' a=1\n']) {
    assert.throws(() => decodePaxRecords(Buffer.from(text)), RangeError, JSON.stringify(text));
  }
});

test('decodePaxTime() counts nanoseconds upwards, also before 1970', () => {
  assert.deepEqual(decodePaxTime('1700000000.000000001'), { seconds: 1_700_000_000, nanoseconds: 1 });
  assert.deepEqual(decodePaxTime('5.'), { seconds: 5, nanoseconds: 0 });
  assert.deepEqual(decodePaxTime('-1.25'), { seconds: -2, nanoseconds: 750_000_000 });
  assert.deepEqual(decodePaxTime('-3'), { seconds: -3, nanoseconds: 0 });
  assert.throws(() => decodePaxTime('soon'), RangeError);
});

test('encodePaxTime() writes what decodePaxTime() reads', () => {
  const seconds = fc.integer({ min: -1_000_000, max: 1_000_000 });
  fc.assert(
    fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (whole, nanoseconds) => {
      const time = { seconds: whole, nanoseconds };
      assert.deepEqual(decodePaxTime(encodePaxTime(time)), time);
    }),
    { seed: 3 },
  );
});

test('decodePaxNumber() takes large ids and refuses everything else', () => {
  assert.equal(decodePaxNumber('uid', Buffer.from('4294967294')), 4_294_967_294);
  for (const text of ['', '-1', '0x10', '99999999999999999']) {
    assert.throws(() => decodePaxNumber('uid', Buffer.from(text)), RangeError);
  }
});
