import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emitTree, planEmission } from '../../../../image/merge/emit-tree.ts';
import { scanLayers } from '../../../../image/merge/scan-layers.ts';
import {
  CollectingWriter,
  directory,
  file,
  hardlink,
  memoryLayer,
  mergeLayers,
  tarOf,
  whiteout,
} from '../../../support/image-fixtures.ts';

test('planEmission() orders directories, then what is empty, then files by layer, then hard links', async () => {
  const lower = memoryLayer(tarOf([file('z', 'z'), file('a', 'a'), file('empty'), hardlink('link', 'z')]));
  const upper = memoryLayer(tarOf([directory('d'), file('d/f', 'f')]));
  const plan = planEmission(await scanLayers([lower, upper]), 2);
  assert.deepEqual(
    plan.directories.map(({ path }) => path),
    ['', 'd'],
  );
  assert.deepEqual(
    plan.contentless.map(({ path }) => path),
    ['empty'],
  );
  // An inode is written under the first of its names: "link" comes before "z".
  assert.deepEqual(
    plan.files.map((files) => [...files].map(([index, { path }]) => [index, path])),
    [
      [
        [1, 'a'],
        [0, 'link'],
      ],
      [[1, 'd/f']],
    ],
  );
  assert.deepEqual(
    plan.hardLinks.map(({ path, target }) => [path, target]),
    [['z', 'link']],
  );
});

test('emitTree() does not read a layer again of which nothing is left', async () => {
  let passes = 0;
  const bytes = tarOf([file('a', 'old')]);
  const lower = memoryLayer(bytes, {
    async *open() {
      passes++;
      yield bytes;
    },
  });
  const tree = await mergeLayers(lower, [file('a', 'new')]);
  assert.equal(tree.get('a')?.content, 'new');
  assert.equal(passes, 1);
});

test('emitTree() notices that a layer has changed since it was scanned', async () => {
  const versions = [tarOf([file('a', 'abc')]), tarOf([file('a', 'abcd')])];
  const layer = memoryLayer(Buffer.alloc(0), {
    async *open(pass) {
      yield versions[pass === 'first' ? 0 : 1] ?? Buffer.alloc(0);
    },
  });
  const tree = await scanLayers([layer]);
  await assert.rejects(emitTree(tree, [layer], new CollectingWriter()), {
    message: 'Cannot read layer "test": it changed while it was being read',
  });
});

test('scanLayers() explains damage by the digest where that is wrong', async () => {
  const layer = memoryLayer(Buffer.alloc(512, 'x'), {
    verifyStored: () => Promise.reject(new Error('the digest is wrong')),
  });
  await assert.rejects(scanLayers([layer]), { message: 'the digest is wrong' });
});

test('scanLayers() stops at an abort with its reason', async () => {
  const stop = new AbortController();
  const bytes = tarOf([file('a', 'x'.repeat(5000))]);
  const layer = memoryLayer(bytes, {
    async *open(_pass, { signal }) {
      for (let offset = 0; offset < bytes.length; offset += 512) {
        signal?.throwIfAborted();
        yield bytes.subarray(offset, offset + 512);
        if (offset > 1024) stop.abort(new Error('enough'));
      }
    },
  });
  await assert.rejects(scanLayers([layer], { signal: stop.signal }), { message: 'enough' });
});

test('emitTree() reports the bytes of layers it can leave out', async () => {
  const layers = [memoryLayer(tarOf([file('a', 'x')])), memoryLayer(tarOf([whiteout('a')]))];
  let doneBytes = 0;
  const tree = await scanLayers(layers);
  await emitTree(tree, layers, new CollectingWriter(), {
    onBytes: (lengthBytes) => (doneBytes += lengthBytes),
  });
  assert.equal(
    doneBytes,
    layers.reduce((sum, layer) => sum + (layer.storedBytes ?? 0), 0),
  );
});
