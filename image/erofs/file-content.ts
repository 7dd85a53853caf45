import type { RootEntry } from '../root-entry.ts';
import type { BlockFile } from './block-file.ts';
import { entryError } from './entry-check.ts';

/**
 * Takes the content of a file as it comes: what fills blocks is appended to the image, the last
 * `inlineBytes` are returned for the inode. `onChunk` sees every piece once. Throws a FirstbornError (`image`)
 * when the content fails or is not `entry.sizeBytes` long; a longer one is given up at once.
 */
export async function writeContent(
  entry: RootEntry,
  content: AsyncIterable<Uint8Array> | undefined,
  inlineBytes: number,
  file: BlockFile,
  onChunk: (chunk: Uint8Array) => void,
): Promise<Buffer> {
  const tail = Buffer.alloc(inlineBytes);
  const tailStart = entry.sizeBytes - inlineBytes;
  let received = 0;
  for await (const chunk of readContent(entry.path, content)) {
    if (received + chunk.length > entry.sizeBytes) {
      throw entryError(entry.path, `the content is longer than ${entry.sizeBytes} bytes`);
    }
    onChunk(chunk);
    const inBlocks = Math.min(Math.max(tailStart - received, 0), chunk.length);
    await file.append(chunk.subarray(0, inBlocks));
    tail.set(chunk.subarray(inBlocks), Math.max(received - tailStart, 0));
    received += chunk.length;
  }
  if (received < entry.sizeBytes) {
    throw entryError(entry.path, `the content ends after ${received} of ${entry.sizeBytes} bytes`);
  }
  await file.padToBlock();
  return tail;
}

/** Gives the content's own failures the name of the file that they belong to. */
async function* readContent(
  path: string,
  content: AsyncIterable<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (content !== undefined) yield* content;
  } catch (cause) {
    throw entryError(path, 'cannot read the content', { cause });
  }
}
