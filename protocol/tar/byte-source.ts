import type { FileHandle } from 'node:fs/promises';

/** Bytes in order, as a tar reader wants them. */
export interface ByteSource {
  /** The next `lengthBytes` bytes; fewer only when the source ends before. */
  read(lengthBytes: number): Promise<Buffer>;
  /** Passes over `lengthBytes` bytes. Resolves to how many there were. */
  skip(lengthBytes: number): Promise<number>;
  /** One piece of at most `maxBytes` bytes, whatever is at hand; empty at the end. */
  readSome(maxBytes: number): Promise<Buffer>;
}

const empty = Buffer.alloc(0);

/** The next `lengthBytes` bytes of a source, put together from its pieces; fewer only when it ends before. */
async function readPieces(source: Pick<ByteSource, 'readSome'>, lengthBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let missingBytes = lengthBytes; missingBytes > 0; ) {
    const part = await source.readSome(missingBytes);
    if (part.length === 0) break;
    parts.push(part);
    missingBytes -= part.length;
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** A source over a stream of chunks. Pulls one chunk at a time, so a slow reader holds the producer back. */
export class ChunkSource implements ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #current: Buffer = empty;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  read(lengthBytes: number): Promise<Buffer> {
    return readPieces(this, lengthBytes);
  }

  async skip(lengthBytes: number): Promise<number> {
    let skippedBytes = 0;
    while (skippedBytes < lengthBytes) {
      const part = await this.readSome(lengthBytes - skippedBytes);
      if (part.length === 0) break;
      skippedBytes += part.length;
    }
    return skippedBytes;
  }

  async readSome(maxBytes: number): Promise<Buffer> {
    while (this.#current.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return empty;
      this.#current = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return this.#take(Math.min(maxBytes, this.#current.length));
  }

  /** Ends the producer early, so that files and decompressors behind it are closed. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #take(lengthBytes: number): Buffer {
    const taken = this.#current.subarray(0, lengthBytes);
    this.#current = this.#current.subarray(lengthBytes);
    return taken;
  }
}

const windowBytes = 64 * 1024;

/** A source over an open file, where skipping costs nothing. The handle stays the caller's. */
export class FileSource implements ByteSource {
  readonly #handle: FileHandle;
  readonly #endBytes: number;
  #positionBytes = 0;
  #window: Buffer = empty;
  #windowStartBytes = 0;

  /** `endBytes` is the file's length. */
  constructor(handle: FileHandle, endBytes: number) {
    this.#handle = handle;
    this.#endBytes = endBytes;
  }

  /** Offset of the next byte. */
  get positionBytes(): number {
    return this.#positionBytes;
  }

  read(lengthBytes: number): Promise<Buffer> {
    return readPieces(this, lengthBytes);
  }

  skip(lengthBytes: number): Promise<number> {
    const skippedBytes = Math.min(lengthBytes, this.#endBytes - this.#positionBytes);
    this.#positionBytes += skippedBytes;
    return Promise.resolve(skippedBytes);
  }

  async readSome(maxBytes: number): Promise<Buffer> {
    const windowEndBytes = this.#windowStartBytes + this.#window.length;
    if (this.#positionBytes < this.#windowStartBytes || this.#positionBytes >= windowEndBytes) {
      const lengthBytes = Math.min(windowBytes, this.#endBytes - this.#positionBytes);
      const fresh = Buffer.allocUnsafe(lengthBytes);
      const { bytesRead } = await this.#handle.read(fresh, 0, lengthBytes, this.#positionBytes);
      this.#window = fresh.subarray(0, bytesRead);
      this.#windowStartBytes = this.#positionBytes;
    }
    const start = this.#positionBytes - this.#windowStartBytes;
    const piece = this.#window.subarray(start, start + maxBytes);
    this.#positionBytes += piece.length;
    return piece;
  }
}
