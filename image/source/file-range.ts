import { constants, open } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';

/** A stretch of a file on the host: a blob in a layout directory, or one member of an archive. */
export interface FileRange {
  readonly path: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

const chunkBytes = 512 * 1024;

/**
 * The whole of a regular file. Symbolic links are followed: build tools link blobs into layouts, and digests
 * decide whether the content is the right one. Never blocks on a FIFO. Throws FirstbornError `image`.
 */
export async function wholeFile(path: string): Promise<FileRange> {
  const handle = await openForReading(path);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new FirstbornError('image', `Cannot read "${path}": it is no regular file`);
    return { path, offsetBytes: 0, lengthBytes: stats.size };
  } finally {
    await handle.close();
  }
}

async function openForReading(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new FirstbornError('image', `Cannot open "${path}"`, { cause });
  }
}

/** Streams a range in chunks of up to 512 KiB. Each call opens and closes the file. */
export async function* streamRange(range: FileRange, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const handle = await openForReading(range.path);
  try {
    for (let doneBytes = 0; doneBytes < range.lengthBytes; ) {
      signal?.throwIfAborted();
      const wantedBytes = Math.min(chunkBytes, range.lengthBytes - doneBytes);
      const chunk = Buffer.allocUnsafe(wantedBytes);
      const { bytesRead } = await handle.read(chunk, 0, wantedBytes, range.offsetBytes + doneBytes);
      if (bytesRead === 0)
        throw new FirstbornError('image', `Cannot read "${range.path}": it ends too early`);
      doneBytes += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Reads a small range whole. `what` names it in messages; a longer one is refused. */
export async function readRange(range: FileRange, maxBytes: number, what: string): Promise<Buffer> {
  if (range.lengthBytes > maxBytes) {
    throw new FirstbornError(
      'image',
      `Cannot accept ${what}: it has ${range.lengthBytes} bytes, at most ${maxBytes} are allowed`,
    );
  }
  const chunks: Buffer[] = [];
  for await (const chunk of streamRange(range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The first bytes of a range, fewer when it is shorter. */
export function readStart(range: FileRange, lengthBytes: number): Promise<Buffer> {
  const start = { ...range, lengthBytes: Math.min(lengthBytes, range.lengthBytes) };
  return readRange(start, lengthBytes, `"${range.path}"`);
}
