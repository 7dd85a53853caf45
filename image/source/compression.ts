import { Readable, pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { FirstbornError } from '../../protocol/errors.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

const chunkSize = 256 * 1024;

/**
 * Recognises a compression by its first bytes. Names are not asked: layers are mislabelled in the wild, and
 * digests over the result decide. Throws FirstbornError `image` for kinds that are known but not read.
 */
export function detectCompression(start: Buffer, what: string): Compression {
  if (start.length < 4) return 'none';
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  const magic = start.readUInt32LE(0);
  // RFC 8878: a frame, or one of the sixteen kinds of skippable frames.
  if (magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return 'zstd';
  const unsupported = start.subarray(0, 3).toString('latin1') === 'BZh' ? 'bzip2' : detectXz(start);
  if (unsupported !== undefined) {
    throw new FirstbornError('image', `Cannot read ${what}: compression "${unsupported}" is not supported`);
  }
  return 'none';
}

function detectXz(start: Buffer): string | undefined {
  return start.subarray(0, 6).toString('latin1') === '\xfd7zXZ\0' ? 'xz' : undefined;
}

/**
 * Streams the decompressed bytes. A cut or damaged stream, or one that decompresses to more than `maxBytes`, is
 * a FirstbornError `image` that names `what`.
 */
export async function* decompress(
  chunks: AsyncIterable<Buffer>,
  compression: Compression,
  what: string,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    yield* chunks;
    return;
  }
  const decompressor =
    compression === 'gzip' ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
  // The callback only has to exist: a failure reaches the reader below through the destroyed decompressor.
  pipeline(Readable.from(chunks, { highWaterMark: 2 }), decompressor, () => undefined);
  try {
    let doneBytes = 0;
    for await (const chunk of decompressor) {
      doneBytes += (chunk as Buffer).length;
      if (doneBytes > maxBytes) {
        throw new FirstbornError(
          'image',
          `Cannot decompress ${what}: it has more than ${maxBytes} bytes, too many for its size`,
        );
      }
      yield chunk as Buffer;
    }
  } catch (cause) {
    if (!isZlibError(cause)) throw cause;
    throw new FirstbornError('image', `Cannot decompress ${what}`, { cause });
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z|^ERR_ZLIB/.test(String(error.code));
}
