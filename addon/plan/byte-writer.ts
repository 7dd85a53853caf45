/** A growing little-endian byte string. Records of a plan start and end on 8-byte boundaries. */
export class ByteWriter {
  #bytes = Buffer.alloc(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#bytes.writeUInt16LE(value, this.#length);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#bytes.writeUInt32LE(value, this.#length);
    this.#length += 4;
    return this;
  }

  u64(value: bigint): this {
    this.#reserve(8);
    this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
    this.#length += 8;
    return this;
  }

  /** A u64 length, the bytes, at least one NUL, and NULs up to the next 8-byte boundary. */
  block(bytes: Uint8Array): this {
    this.u64(BigInt(bytes.length));
    const paddedLength = (bytes.length + 8) & ~7;
    this.#reserve(paddedLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += paddedLength; // what lies between is zero since its allocation
    return this;
  }

  /** Overwrites four bytes that were written before. */
  patchU32(offset: number, value: number): void {
    this.#bytes.writeUInt32LE(value, offset);
  }

  /** Forgets everything from `length` on. */
  truncate(length: number): void {
    this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
