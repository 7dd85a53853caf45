import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { decompress, detectCompression } from '../../../../image/source/compression.ts';

// oxlint-disable-next-line require-await -- a stream of what is at hand already
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += 7) yield bytes.subarray(offset, offset + 7);
}

async function plain(bytes: Buffer): Promise<string> {
  const chunks: Buffer[] = [];
  const compression = detectCompression(bytes, 'it');
  for await (const chunk of decompress(pieces(bytes), compression, 'it', 1e6)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const skippable = Buffer.from('502a4d1804000000aabbccdd', 'hex');

test('decompress() reads gzip and zstd of several members and frames', async () => {
  assert.equal(await plain(Buffer.from('plain text')), 'plain text');
  assert.equal(await plain(Buffer.concat([gzipSync('hello '), gzipSync('world')])), 'hello world');
  const frames = [skippable, zstdCompressSync('hello '), skippable, zstdCompressSync('world'), skippable];
  assert.equal(await plain(Buffer.concat(frames)), 'hello world');
});

test('decompress() refuses streams that are cut', async () => {
  const text = 'some text '.repeat(100);
  for (const bytes of [gzipSync(text), zstdCompressSync(text)]) {
    await assert.rejects(plain(bytes.subarray(0, bytes.length - 3)), {
      code: 'image',
      message: 'Cannot decompress it',
    });
  }
});

test('decompress() stops at the bound, however small the input is', async () => {
  for (const bytes of [gzipSync(Buffer.alloc(1e7)), zstdCompressSync(Buffer.alloc(1e7))]) {
    await assert.rejects(plain(bytes), {
      code: 'image',
      message: 'Cannot decompress it: it has more than 1000000 bytes, too many for its size',
    });
  }
});

// oxlint-disable-next-line require-await -- fails at once
async function* failing(): AsyncGenerator<Buffer> {
  yield gzipSync('hello').subarray(0, 12);
  throw new Error('the source failed');
}

test("decompress() passes on its source's own error", async () => {
  await assert.rejects(Array.fromAsync(decompress(failing(), 'gzip', 'it', 1e6)), {
    message: 'the source failed',
  });
});

test('detectCompression() names kinds that are not read', () => {
  assert.throws(() => detectCompression(Buffer.from('BZh91AY&'), 'it'), {
    message: 'Cannot read it: compression "bzip2" is not supported',
  });
  assert.throws(() => detectCompression(Buffer.from('fd377a585a00', 'hex'), 'it'), {
    message: 'Cannot read it: compression "xz" is not supported',
  });
});
