import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveNameOf, splitEntryName } from '../../../../protocol/files/entry-path.ts';

test('splitEntryName() takes names apart and drops what means nothing', () => {
  assert.deepEqual(splitEntryName('./a//b/./c/'), ['a', 'b', 'c']);
  assert.deepEqual(splitEntryName('./'), []);
  assert.deepEqual(splitEntryName('..a/b..'), ['..a', 'b..']);
});

test('splitEntryName() refuses names that lead elsewhere or that no file can have', () => {
  assert.throws(() => splitEntryName(''), new RangeError('its name is empty'));
  assert.throws(() => splitEntryName('/etc/passwd'), new RangeError('its name is absolute'));
  assert.throws(() => splitEntryName('a/../../b'), new RangeError('its name holds ".."'));
  assert.throws(() => splitEntryName('..'), new RangeError('its name holds ".."'));
  assert.throws(() => splitEntryName('a\0b'), new RangeError('its name holds a NUL byte'));
  assert.throws(() => splitEntryName('é'.repeat(128)), /a part of its name is longer than 255 bytes/);
  assert.throws(() => splitEntryName('a/'.repeat(2048)), /its name is longer than 4095 bytes/);
});

test('archiveNameOf() gives the last component, or nothing where that is no name', () => {
  assert.equal(archiveNameOf('/etc/nginx'), 'nginx');
  assert.equal(archiveNameOf('/etc/nginx//'), 'nginx');
  for (const path of ['/', '/etc/.', '.', '..', '/etc/..', '/etc/./']) assert.equal(archiveNameOf(path), '');
});
