import type { DirectoryWatch } from './directory-watch.ts';
import { openAll, type OpenedFile, openSuccessor } from './rotated-file.ts';

const blockBytes = 64 * 1024;
const lineFeed = 0x0a;

export interface FollowOptions {
  /** The newest of the files. */
  path: string;
  /** Tells when to look again; without it what is there now is all. */
  watch?: DirectoryWatch | undefined;
  /** Whether nothing will be written any more. Asked before each look at the files. */
  isOver: () => Promise<boolean>;
  signal?: AbortSignal | undefined;
}

/** A file that is being read. */
class FileReader {
  readonly file: OpenedFile;
  /** Where the line begins that has not been read to its end. */
  #position: number;

  constructor(file: OpenedFile, position: number) {
    this.file = file;
    this.#position = position;
  }

  /**
   * The lines up to the present end, without their line feeds. The beginning of one without an end is always read
   * again: a writer that takes over cuts off what its predecessor tore, and goes on there.
   */
  async *lines(): AsyncGenerator<Buffer, void, undefined> {
    let lengthBytes = blockBytes;
    for (;;) {
      const block = Buffer.allocUnsafe(lengthBytes);
      const { bytesRead } = await this.file.handle.read(block, 0, lengthBytes, this.#position);
      const end = block.subarray(0, bytesRead).lastIndexOf(lineFeed) + 1;
      if (end === 0 && bytesRead < lengthBytes) return;
      // A line that is longer than what was read needs more.
      lengthBytes = end === 0 ? lengthBytes * 2 : blockBytes;
      this.#position += end;
      for (let start = 0; start < end; ) {
        const feed = block.indexOf(lineFeed, start);
        yield block.subarray(start, feed);
        start = feed + 1;
      }
    }
  }
}

/**
 * Lines from the oldest file to the newest, and with `watch` those that are still written, across rotation. With
 * `start` it begins there; its handle is closed here.
 */
export async function* followLines(
  options: FollowOptions,
  start?: { file: OpenedFile; position: number },
): AsyncGenerator<Buffer, void, undefined> {
  const { path, watch, signal } = options;
  let reader = start === undefined ? undefined : new FileReader(start.file, start.position);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const isLast = watch === undefined || (await options.isOver());
      reader ??= await openOldest(path);
      if (reader !== undefined) {
        // Looked for first: whatever was written before the renaming is read below.
        const next = await openSuccessor(path, reader.file.inode);
        yield* reader.lines();
        if (next !== undefined) {
          await reader.file.handle.close();
          reader = new FileReader(next, 0);
          continue;
        }
      }
      if (isLast) return;
      await watch.change(signal);
    }
  } finally {
    await reader?.file.handle.close();
  }
}

async function openOldest(path: string): Promise<FileReader | undefined> {
  const files = await openAll(path);
  const oldest = files.pop();
  for (const { handle } of files) await handle.close();
  return oldest === undefined ? undefined : new FileReader(oldest, 0);
}
