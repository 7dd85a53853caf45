import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeHandshake, HandshakeReader } from '../../../addon/spawn.ts';
import { annotatedHex } from './annotated-hex.ts';

const warning = '01 00 00 00 02 00 00 00 11 00 00 00  warning, operation 2, EEXIST';
const failure = '02 00 00 00 07 00 00 00 0d 00 00 00  failure, operation 7, EACCES';
const executing = '03 00 00 00 07 00 00 00 00 00 00 00  executing, operation 7';
const ended = '04 00 00 00 00 00 00 00 00 00 00 00  ended';
const waiting = '05 00 00 00 09 00 00 00 02 00 00 00  waiting, operation 9, stage 2';
const decode = (...records: string[]) => decodeHandshake(annotatedHex(records.join('\n')));
const warnings = [{ operation: 2, errno: 17 }];

describe('decodeHandshake()', () => {
  it('takes an end right after executing for success', () => {
    assert.deepEqual(decode(executing), { state: 'executed', warnings: [] });
  });

  it('keeps the warnings that came before', () => {
    assert.deepEqual(decode(warning, warning, executing), {
      state: 'executed',
      warnings: [...warnings, ...warnings],
    });
  });

  it('tells the operation and errno of a failure', () => {
    const expected = { state: 'failed', failure: { operation: 7, errno: 13 }, warnings };
    assert.deepEqual(decode(warning, failure), expected);
    assert.deepEqual(decode(warning, executing, failure), expected);
  });

  it('tells a plan that ended without execute', () => {
    assert.deepEqual(decode(ended), { state: 'ended', warnings: [] });
    assert.deepEqual(decode(executing, warning, ended), { state: 'ended', warnings });
  });

  it('takes an end without a last word for a death', () => {
    assert.deepEqual(decode(), { state: 'died', warnings: [] });
    assert.deepEqual(decode(warning), { state: 'died', warnings });
    assert.deepEqual(
      decode(executing, warning),
      { state: 'died', warnings },
      'execute failed and was allowed to',
    );
  });

  it('reads bytes that lie inside a larger buffer', () => {
    const bytes = annotatedHex(executing);
    const padded = Buffer.concat([Buffer.alloc(5), bytes, Buffer.alloc(3)]);
    assert.equal(decodeHandshake(padded.subarray(5, 5 + bytes.length)).state, 'executed');
  });

  it('refuses bytes that no child wrote', () => {
    assert.throws(() => decodeHandshake(new Uint8Array(5)), /ends with 5 bytes of a record/);
    assert.throws(() => decodeHandshake(new Uint8Array(12)), /record of kind 0/);
    assert.throws(() => decodeHandshake(new Uint8Array(12).fill(9)), RangeError);
  });
});

describe('HandshakeReader', () => {
  it('tells where the child waits as soon as the record is whole', () => {
    const bytes = annotatedHex([warning, waiting, executing].join('\n'));
    const reader = new HandshakeReader();
    const events = [...bytes].map((byte) => reader.push(Uint8Array.of(byte)));
    assert.deepEqual(events.flat(), [{ operation: 9, stage: 2 }]);
    assert.equal(
      events.findIndex((list) => list.length > 0),
      23,
      'its last byte',
    );
    assert.deepEqual(reader.end(), { state: 'executed', warnings });
  });

  it('tells of several stages that come at once, in their order', () => {
    const later = '05 00 00 00 0a 00 00 00 03 00 00 00  waiting, operation 10, stage 3';
    assert.deepEqual(new HandshakeReader().push(annotatedHex([waiting, later].join('\n'))), [
      { operation: 9, stage: 2 },
      { operation: 10, stage: 3 },
    ]);
  });

  it('takes an end while waiting for a death, even after a filter was announced', () => {
    for (const records of [[waiting], [executing, waiting]]) {
      assert.deepEqual(decode(...records), { state: 'died', warnings: [] });
    }
  });

  it('keeps what it was given when the caller uses its buffer again', () => {
    const reader = new HandshakeReader();
    const bytes = annotatedHex(failure);
    const buffer = Uint8Array.from(bytes.subarray(0, 7));
    reader.push(buffer);
    buffer.fill(0xff);
    reader.push(bytes.subarray(7));
    assert.deepEqual(reader.end(), { state: 'failed', failure: { operation: 7, errno: 13 }, warnings: [] });
  });

  it('refuses an unknown record at once', () => {
    assert.throws(() => new HandshakeReader().push(new Uint8Array(12).fill(9)), /record of kind/);
  });
});
