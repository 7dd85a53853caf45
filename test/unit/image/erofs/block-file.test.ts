import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BlockFile } from '../../../../image/erofs/block-file.ts';
import { withScratchDirectory } from '../../../image/erofs-image.ts';

const mebibyte = 1024 * 1024;

test('append() keeps the order of bytes across its buffer', async () => {
  await withScratchDirectory(async (scratch) => {
    const path = join(scratch, 'blocks');
    const file = new BlockFile(path);
    const pieces = [1, mebibyte - 1, mebibyte, 3 * mebibyte + 5].map((length, index) =>
      Buffer.alloc(length, index + 1),
    );
    for (const piece of pieces) await file.append(piece);
    assert.equal(file.lengthBytes, 5 * mebibyte + 5);
    assert.equal(file.blockCount, 5 * 256 + 1);
    await file.padToBlock();
    await file.close();
    assert.deepEqual(readFileSync(path), Buffer.concat([...pieces, Buffer.alloc(4091)]));
  });
});

test('patch() reaches what is written, what is buffered, and both at once', async () => {
  await withScratchDirectory(async (scratch) => {
    const path = join(scratch, 'blocks');
    const file = new BlockFile(path);
    await file.append(Buffer.alloc(mebibyte + 100));
    for (const offset of [10, mebibyte - 2, mebibyte + 90]) await file.patch(offset, Buffer.from('abcd'));
    await file.close();
    const expected = Buffer.alloc(mebibyte + 100);
    for (const offset of [10, mebibyte - 2, mebibyte + 90]) expected.write('abcd', offset);
    assert.deepEqual(readFileSync(path), expected);
  });
});

test('a file that cannot be created is an error with the path in it', async () => {
  const file = new BlockFile('/nowhere/at/all');
  await file.append(Buffer.from('x'));
  await assert.rejects(file.close(), { code: 'host', message: 'Cannot write "/nowhere/at/all"' });
  await file.remove();
});

test('remove() deletes the file and refuses later writes', async () => {
  await withScratchDirectory(async (scratch) => {
    const path = join(scratch, 'blocks');
    const file = new BlockFile(path);
    await file.append(Buffer.alloc(mebibyte));
    assert.equal(existsSync(path), true);
    await file.remove();
    await file.remove();
    assert.equal(existsSync(path), false);
    await assert.rejects(file.append(Buffer.alloc(mebibyte)), { code: 'host' });
    assert.equal(existsSync(path), false);
  });
});
