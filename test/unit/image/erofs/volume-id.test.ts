import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUuid, VolumeId } from '../../../../image/erofs/volume-id.ts';
import { makeEntry, type TestEntry } from '../../../image/erofs-image.ts';

function uuidOf(...entries: TestEntry[]): string {
  const id = new VolumeId();
  for (const { entry } of entries) id.addEntry(entry);
  return id.finish().toString('hex');
}

test('a volume id is a version 8 UUID', () => {
  assert.match(uuidOf(makeEntry('directory', '')), /^[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
});

test('a volume id depends on every field but not on the order of attributes', () => {
  const one = { 'user.a': Buffer.from('1'), 'user.b': Buffer.from('2') };
  const sorted = new Map(Object.entries(one));
  const reversed = new Map(Object.entries(one).toReversed());
  const base = uuidOf(makeEntry('file', 'a', { xattrs: sorted }));
  assert.equal(uuidOf(makeEntry('file', 'a', { xattrs: reversed })), base);
  for (const fields of [
    { uid: 1 },
    { mtimeNanoseconds: 1 },
    { sizeBytes: 1 },
    { mode: 0 },
    { xattrs: new Map() },
  ]) {
    assert.notEqual(uuidOf(makeEntry('file', 'a', { xattrs: sorted, ...fields })), base);
  }
});

test('parseUuid() reads the text form and refuses others', () => {
  const text = '00112233-4455-6677-8899-AABBCCDDEEFF';
  assert.equal(parseUuid(text).toString('hex'), '00112233445566778899aabbccddeeff');
  assert.throws(() => parseUuid('00112233445566778899aabbccddeeff'), {
    code: 'usage',
    message: 'Cannot read "00112233445566778899aabbccddeeff" as a UUID',
  });
});
