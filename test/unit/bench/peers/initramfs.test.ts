import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initramfsEntries } from '../../../../bench/peers/initramfs.ts';

test('an initramfs of a peer names every directory before what is in it, and holds /mark', () => {
  const content = Buffer.from('x');
  const entries = initramfsEntries(
    { entries: [{ type: 'file', path: 'lib/modules/a.ko', mode: 0o644, content }] },
    content,
  );
  const paths = entries.map(({ path }) => path);
  assert.ok(paths.indexOf('lib') < paths.indexOf('lib/modules'));
  assert.ok(paths.indexOf('lib/modules') < paths.indexOf('lib/modules/a.ko'));
  assert.ok(paths.includes('mark'));
  assert.ok(paths.indexOf('dev') < paths.indexOf('dev/console'));
});
