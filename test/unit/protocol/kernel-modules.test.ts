import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModuleManifest } from '../../../protocol/kernel-modules.ts';
import { parseWith } from '../../../protocol/parse.ts';

const module = { name: 'erofs', path: '/lib/modules/6.1.0/erofs.ko', dependencies: [], aliases: [] };
const read = (value: unknown): ModuleManifest => parseWith(ModuleManifest, value, 'modules.json');

test('ModuleManifest reads what the host packs', () => {
  const manifest = { release: '6.1.0', modules: [module] };
  assert.deepEqual(read(manifest), manifest);
});

test('ModuleManifest refuses a path that is relative and keys that it does not know', () => {
  assert.throws(() => read({ release: '6.1.0', modules: [{ ...module, path: 'erofs.ko' }] }), {
    message: 'Cannot accept modules.json: modules[0].path: Invalid string: must start with "/"',
  });
  assert.throws(() => read({ release: '6.1.0', modules: [{ ...module, parameters: '' }] }), {
    message: 'Cannot accept modules.json: modules[0].parameters: unknown key',
  });
});
