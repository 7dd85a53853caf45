import { streamWindowBytes } from '../../protocol/limits.ts';

const firstSizeBytes = 4 * 1024;

/**
 * The last bytes of one output stream, by their offsets in it: what a host has not taken can be sent again in
 * its next session. A circular buffer that starts with nothing and doubles up to the window, so a stream that
 * says little costs little.
 */
export class OutputRing {
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  readonly #maxBytes: number;

  /** `maxBytes` is 4 KiB or a power of two above it. */
  constructor(maxBytes: number = streamWindowBytes) {
    this.#maxBytes = maxBytes;
  }

  /** Offset of the oldest byte that is kept. */
  get start(): number {
    return this.#start;
  }

  /** Offset behind the newest byte: the length of the stream so far. */
  get end(): number {
    return this.#end;
  }

  /** Copies `bytes` to the end of the stream; the oldest make room. */
  append(bytes: Buffer): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.#maxBytes));
    this.#grow(Math.min(this.#maxBytes, this.#end - this.#start + bytes.length));
    this.#end += bytes.length;
    this.#start = Math.max(this.#start, this.#end - this.#maxBytes);
    this.#write(this.#end - kept.length, kept);
  }

  /**
   * Bytes from `offset` on, which must lie between `start` and `end`: at most `maxBytes`, and fewer where the
   * buffer wraps. A view, valid until the next call of another method.
   */
  peek(offset: number, maxBytes: number): Buffer {
    if (offset >= this.#end) return this.#bytes.subarray(0, 0);
    const position = offset % this.#bytes.length;
    return this.#bytes.subarray(position, position + Math.min(maxBytes, this.#end - offset));
  }

  /** Forgets all bytes and gives their memory back. */
  clear(): void {
    this.#bytes = Buffer.alloc(0);
    this.#start = this.#end;
  }

  /** Makes the buffer hold `neededBytes`; what is kept moves to where its offsets now belong. */
  #grow(neededBytes: number): void {
    if (neededBytes <= this.#bytes.length) return;
    let sizeBytes = firstSizeBytes;
    while (sizeBytes < neededBytes) sizeBytes *= 2;
    const pieces: [offset: number, bytes: Buffer][] = [];
    for (let offset = this.#start; offset < this.#end; offset += pieces.at(-1)?.[1].length ?? 0) {
      pieces.push([offset, this.peek(offset, this.#end - offset)]);
    }
    this.#bytes = Buffer.allocUnsafeSlow(sizeBytes);
    for (const [offset, bytes] of pieces) this.#write(offset, bytes);
  }

  #write(offset: number, bytes: Buffer): void {
    if (bytes.length === 0) return;
    const position = offset % this.#bytes.length;
    const copied = bytes.copy(this.#bytes, position);
    bytes.copy(this.#bytes, 0, copied);
  }
}
