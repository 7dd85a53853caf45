import type { Readable, Writable } from 'node:stream';
import { once } from 'node:events';

/** The unit of every count here: what `dd` moves at once, and what a virtio port takes in one write. */
export const blockBytes = 32 * 1024;
/** Two blocks for one call: a writer that is not stingy. */
const piece = Buffer.alloc(2 * blockBytes);

/** Writes so many blocks of zeros, as fast as they are taken. The stream stays open. */
export async function writeBlocks(stream: Writable, blocks: number): Promise<void> {
  for (let left = blocks * blockBytes; left > 0; left -= piece.length) {
    if (!stream.write(piece.subarray(0, left))) await once(stream, 'drain');
  }
}

/** Takes bytes until so many have come. They may not be more: nothing else is under way. */
export function readBytes(stream: Readable, lengthBytes: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = lengthBytes;
  const closed = (): void => reject(new Error(`The stream has ended ${left} bytes too early`));
  const take = (bytes: Buffer): void => {
    left -= bytes.length;
    if (left > 0) return;
    stream.off('data', take).off('close', closed);
    if (left === 0) resolve();
    else reject(new Error(`The stream has held ${-left} bytes too many`));
  };
  stream.on('data', take).on('close', closed);
  return promise;
}
