const u32Range = 0x1_0000_0000;

/** A growing little-endian byte string. Records of a plan start and end on 8-byte boundaries. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  /** Of the same bytes. Its methods check nothing but the range, and so cost a fraction of Buffer's. */
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  /** A whole number of at most 53 bits, negative ones in two's complement. */
  number64(value: number): this {
    this.#reserve(8);
    this.#view.setUint32(this.#length, value, true);
    this.#view.setUint32(this.#length + 4, Math.floor(value / u32Range), true);
    this.#length += 8;
    return this;
  }

  u64(value: bigint): this {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  /** A u64 length, the bytes, at least one NUL, and NULs up to the next 8-byte boundary. */
  block(bytes: Uint8Array): this {
    this.number64(bytes.length);
    const paddedLength = (bytes.length + 8) & ~7;
    this.#reserve(paddedLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += paddedLength; // what lies between is zero since its allocation
    return this;
  }

  /** Overwrites four bytes that were written before. */
  patchU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** Forgets everything from `length` on. */
  truncate(length: number): void {
    this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
