/** Twice as many as streams that a guest can have opened without this host knowing of them yet. */
const maxEarlyOffsets = 512;

/**
 * Offsets of streams that nobody has opened here yet: the guest may grant credit for a process's input, or end
 * its output, in the same breath in which it answers the `exec` that started it. The oldest make room.
 */
export class EarlyOffsets {
  readonly #offsets = new Map<number, number>();

  get size(): number {
    return this.#offsets.size;
  }

  set(id: number, offset: number): void {
    this.#offsets.delete(id);
    this.#offsets.set(id, offset);
    const [oldest] = this.#offsets.keys();
    if (this.#offsets.size > maxEarlyOffsets && oldest !== undefined) this.#offsets.delete(oldest);
  }

  /** Gives an offset out, once. */
  take(id: number): number | undefined {
    const offset = this.#offsets.get(id);
    this.#offsets.delete(id);
    return offset;
  }

  /** A new session begins: the guest says it all again. */
  clear(): void {
    this.#offsets.clear();
  }
}
