const initialCapacityBytes = 4096;

/**
 * The end of a byte stream that its receiver has not confirmed yet, by the stream's own offsets. A circular
 * buffer that grows by doubling, so a stream that carries little costs little; its user keeps it within a
 * window.
 */
export class ResendBuffer {
  #ring: Buffer = Buffer.alloc(0);
  #startOffset = 0;
  #endOffset = 0;

  /** Offset of the first byte that is kept. */
  get startOffset(): number {
    return this.#startOffset;
  }

  /** Offset behind the last byte. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Copies bytes to the end. */
  append(bytes: Buffer): void {
    this.#makeRoom(this.#endOffset - this.#startOffset + bytes.length);
    this.#write(bytes);
  }

  /**
   * Some bytes from an offset between start and end, at most `maxBytes`: fewer where the ring closes, none
   * only at the end. Valid until the next `append`.
   */
  read(offset: number, maxBytes: number): Buffer {
    const lengthBytes = Math.min(maxBytes, this.#endOffset - offset);
    if (lengthBytes <= 0) return Buffer.alloc(0);
    const from = offset % this.#ring.length;
    return this.#ring.subarray(from, from + lengthBytes);
  }

  /** Forgets everything below an offset. An offset behind the end moves the end there. */
  forgetBelow(offset: number): void {
    if (offset <= this.#startOffset) return;
    this.#startOffset = offset;
    this.#endOffset = Math.max(this.#endOffset, offset);
  }

  #write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const to = this.#endOffset % this.#ring.length;
    const beforeClosing = bytes.copy(this.#ring, to);
    bytes.copy(this.#ring, 0, beforeClosing);
    this.#endOffset += bytes.length;
  }

  #makeRoom(neededBytes: number): void {
    if (neededBytes <= this.#ring.length) return;
    let capacityBytes = Math.max(initialCapacityBytes, this.#ring.length);
    while (capacityBytes < neededBytes) capacityBytes *= 2;
    const kept: Buffer[] = [];
    for (let offset = this.#startOffset; offset < this.#endOffset; offset += kept.at(-1)?.length ?? 0) {
      kept.push(this.read(offset, this.#endOffset - offset));
    }
    this.#ring = Buffer.allocUnsafeSlow(capacityBytes);
    this.#endOffset = this.#startOffset;
    for (const piece of kept) this.#write(piece);
  }
}
