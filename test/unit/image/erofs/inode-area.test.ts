import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BlockFile } from '../../../../image/erofs/block-file.ts';
import { InodeArea } from '../../../../image/erofs/inode-area.ts';
import { withScratchDirectory } from '../../../image/erofs-image.ts';

test('place() packs small things into one block, at multiples of 32 bytes', async () => {
  const area = new InodeArea(new BlockFile('unused'));
  const offsets = [];
  for (const length of [64, 65, 64]) offsets.push(await area.place(Buffer.alloc(length)));
  assert.deepEqual(offsets, [0, 64, 160]);
});

test('place() prefers the fullest block that has room', async () => {
  const area = new InodeArea(new BlockFile('unused'));
  const offsets = [];
  for (const length of [2048, 3072, 1024, 2048]) offsets.push(await area.place(Buffer.alloc(length)));
  assert.deepEqual(offsets, [0, 4096, 4096 + 3072, 2048]);
});

test('place() gives what is larger than a block blocks of its own', async () => {
  const area = new InodeArea(new BlockFile('unused'));
  assert.equal(await area.place(Buffer.alloc(64)), 0);
  assert.equal(await area.place(Buffer.alloc(5000)), 4096);
  assert.equal(await area.place(Buffer.alloc(4096)), 3 * 4096);
  assert.equal(await area.place(Buffer.alloc(64)), 64);
});

test('everything placed is in the file after flush(), and reserved room can be patched', async () => {
  await withScratchDirectory(async (scratch) => {
    const file = new BlockFile(join(scratch, 'blocks'));
    const area = new InodeArea(file);
    const placed: [number, Buffer][] = [];
    for (let index = 0; index < 200; index++) {
      const bytes = Buffer.alloc(64 + ((index * 997) % 6000), index);
      placed.push([await area.place(bytes), bytes]);
    }
    const reserved = await area.reserve(100);
    await area.flush();
    await file.patch(reserved, Buffer.alloc(100, 255));
    await file.close();
    const written = readFileSync(join(scratch, 'blocks'));
    for (const [offset, bytes] of placed) {
      assert.deepEqual(written.subarray(offset, offset + bytes.length), bytes);
    }
    assert.deepEqual(written.subarray(reserved, reserved + 100), Buffer.alloc(100, 255));
  });
});
