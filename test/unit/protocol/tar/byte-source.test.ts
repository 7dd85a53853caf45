import assert from 'node:assert/strict';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChunkSource, FileSource } from '../../../../protocol/tar/byte-source.ts';
import { temporaryDirectory } from '../../../support/image-fixtures.ts';

// oxlint-disable-next-line require-await -- a stream of what is at hand already
async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

test('ChunkSource reads across chunks and stops short only at the end', async () => {
  const source = new ChunkSource(chunks('ab', '', 'cdef'));
  assert.equal((await source.read(3)).toString(), 'abc');
  assert.equal(await source.skip(1), 1);
  assert.equal((await source.readSome(10)).toString(), 'ef');
  assert.equal((await source.read(4)).length, 0);
  assert.equal(await source.skip(4), 0);
});

test('ChunkSource.close() ends the producer', async () => {
  let closed = false;
  const source = new ChunkSource(
    (async function* endless() {
      try {
        for (;;) yield Buffer.from('x');
      } finally {
        closed = true;
      }
    })(),
  );
  await source.read(2);
  await source.close();
  assert.equal(closed, true);
});

test('FileSource reads, skips and tells where it is', async (context) => {
  const path = join(await temporaryDirectory(context), 'file');
  const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
  await writeFile(path, bytes);
  const handle = await open(path);
  try {
    const source = new FileSource(handle, bytes.length);
    assert.deepEqual(await source.read(70_000), Buffer.from(bytes.subarray(0, 70_000)));
    assert.equal(await source.skip(100_000), 100_000);
    assert.equal(source.positionBytes, 170_000);
    assert.deepEqual(await source.read(50_000), Buffer.from(bytes.subarray(170_000)));
    assert.equal(await source.skip(1), 0);
  } finally {
    await handle.close();
  }
});
