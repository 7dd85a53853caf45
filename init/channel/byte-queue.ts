/** Pieces up to this length are joined. */
const joinedBytes = 4 * 1024;

/**
 * Bytes that wait, in their order. Whoever sends them decides on the pieces, so small ones are joined: what waits costs
 * about its own length, not an object for every byte of a window.
 */
export class ByteQueue {
  #pieces: Buffer[] = [];
  #lengthBytes = 0;

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** The oldest bytes, `undefined` when none wait. A view, valid until `drop` or `push`. */
  get first(): Buffer | undefined {
    return this.#pieces[0];
  }

  /** Copies `bytes` to the end: a small piece must not keep the large buffer that it came in. */
  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#lengthBytes += bytes.length;
    const last = this.#pieces.at(-1);
    if (last === undefined || last.length + bytes.length > joinedBytes) this.#pieces.push(Buffer.from(bytes));
    else this.#pieces[this.#pieces.length - 1] = Buffer.concat([last, bytes]);
  }

  /** Takes the first `lengthBytes` away, which are no more than `first` has. */
  drop(lengthBytes: number): void {
    const [first] = this.#pieces;
    if (first === undefined) return;
    this.#lengthBytes -= lengthBytes;
    if (lengthBytes < first.length) this.#pieces[0] = first.subarray(lengthBytes);
    else this.#pieces.shift();
  }

  /** Takes the first piece out. */
  shift(): Buffer | undefined {
    const first = this.#pieces.shift();
    this.#lengthBytes -= first?.length ?? 0;
    return first;
  }

  clear(): void {
    this.#pieces = [];
    this.#lengthBytes = 0;
  }
}
