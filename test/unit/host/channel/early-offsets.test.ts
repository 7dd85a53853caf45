import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EarlyOffsets } from '../../../../host/channel/early-offsets.ts';

it('EarlyOffsets gives the newest offset of a stream out once', () => {
  const offsets = new EarlyOffsets();
  offsets.set(16, 1);
  offsets.set(16, 2);
  assert.equal(offsets.take(16), 2);
  assert.equal(offsets.take(16), undefined);
});

it('EarlyOffsets forgets the oldest streams beyond its bound', () => {
  const offsets = new EarlyOffsets();
  for (let id = 0; id < 600; id += 1) offsets.set(id, id);
  offsets.set(88, 88);
  offsets.set(600, 600);
  assert.equal(offsets.size, 512);
  assert.equal(offsets.take(88), 88);
  assert.equal(offsets.take(89), undefined);
  assert.equal(offsets.take(90), 90);
});

it('EarlyOffsets starts anew with a session', () => {
  const offsets = new EarlyOffsets();
  offsets.set(16, 1);
  offsets.clear();
  assert.deepEqual([offsets.size, offsets.take(16)], [0, undefined]);
});
