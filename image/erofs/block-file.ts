import { type FileHandle, open, rm } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { blockBytes, roundUp } from './format.ts';

/** Appended bytes are gathered into writes of this size. A multiple of the block size. */
const bufferBytes = 1024 * 1024;
/** Block addresses have 32 bits, and the highest one means "no block". */
const maxBlocks = 0xffffffff;

/**
 * The file that an image grows in: appended block by block, patched anywhere. Calls must not overlap. System
 * errors become a FirstbornError (`host`).
 */
export class BlockFile {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(bufferBytes);
  #handle: Promise<FileHandle> | undefined;
  #removed = false;
  /** Bytes that are in the file; the buffer follows them. */
  #flushedBytes = 0;
  #bufferedBytes = 0;

  /** The file is created, or emptied, by the first write. */
  constructor(path: string) {
    this.#path = path;
  }

  get lengthBytes(): number {
    return this.#flushedBytes + this.#bufferedBytes;
  }

  get blockCount(): number {
    return Math.ceil(this.lengthBytes / blockBytes);
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.lengthBytes + bytes.length > maxBlocks * blockBytes) {
      throw new FirstbornError(
        'image',
        `Cannot write "${this.#path}": an image has at most ${maxBlocks} blocks`,
      );
    }
    let taken = 0;
    while (taken < bytes.length) {
      const piece = bytes.subarray(taken, taken + bufferBytes - this.#bufferedBytes);
      this.#buffer.set(piece, this.#bufferedBytes);
      this.#bufferedBytes += piece.length;
      taken += piece.length;
      if (this.#bufferedBytes === bufferBytes) await this.#flush();
    }
  }

  /** Appends zeros up to the next block boundary. */
  async padToBlock(): Promise<void> {
    const missing = roundUp(this.lengthBytes, blockBytes) - this.lengthBytes;
    if (missing > 0) await this.append(Buffer.alloc(missing));
  }

  /** Appends blocks of zeros and returns the address of the first. The file must be at a block boundary. */
  async reserveBlocks(count: number): Promise<number> {
    const first = this.lengthBytes / blockBytes;
    await this.append(Buffer.alloc(count * blockBytes));
    return first;
  }

  /** Overwrites bytes that have been appended. */
  async patch(offset: number, bytes: Uint8Array): Promise<void> {
    const inFile = Math.min(Math.max(this.#flushedBytes - offset, 0), bytes.length);
    if (inFile > 0) await this.#writeAt(offset, bytes.subarray(0, inFile));
    if (inFile < bytes.length) {
      this.#buffer.set(bytes.subarray(inFile), offset + inFile - this.#flushedBytes);
    }
  }

  /** Writes what is buffered and closes the file. Does not wait for the disk. */
  async close(): Promise<void> {
    await this.#flush();
    await this.#guard(async () => (await this.#handle)?.close());
  }

  /** Closes and deletes the file, if it has been created, and refuses all writes from now on. */
  async remove(): Promise<void> {
    if (this.#removed) return;
    this.#removed = true;
    // A failed open has been reported to the call that needed it, and left nothing to delete.
    const handle = await this.#handle?.catch(() => undefined);
    if (handle === undefined) return;
    await this.#guard(() => handle.close());
    await this.#guard(() => rm(this.#path, { force: true }));
  }

  async #flush(): Promise<void> {
    await this.#writeAt(this.#flushedBytes, this.#buffer.subarray(0, this.#bufferedBytes));
    this.#flushedBytes += this.#bufferedBytes;
    this.#bufferedBytes = 0;
  }

  async #writeAt(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#guard(async () => {
      if (this.#removed) throw new Error('the image has been given up');
      this.#handle ??= open(this.#path, 'w');
      const handle = await this.#handle;
      let written = 0;
      while (written < bytes.length) {
        const result = await handle.write(bytes, written, bytes.length - written, offset + written);
        written += result.bytesWritten;
      }
    });
  }

  async #guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      throw new FirstbornError('host', `Cannot write "${this.#path}"`, { cause });
    }
  }
}
