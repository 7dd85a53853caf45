interface Departed {
  /** Requests that had been sent when the guest was told for the last time. */
  mark: number;
  /** Of an incoming stream: where it ended. */
  takenOffset: number | undefined;
}

/**
 * Streams that are over for this host while the guest may not know it yet. Each is kept only until the answer
 * to a later request proves that it does; frames that come for it until then mean nothing.
 */
export class DepartedStreams {
  readonly #streams = new Map<number, Departed>();

  get size(): number {
    return this.#streams.size;
  }

  has(id: number): boolean {
    return this.#streams.has(id);
  }

  add(id: number, mark: number, takenOffset?: number): void {
    this.#streams.set(id, { mark, takenOffset });
  }

  /** The guest has answered the `order`th request. */
  confirm(order: number): void {
    for (const [id, { mark }] of this.#streams) if (order > mark) this.#streams.delete(id);
  }

  /** A new session: `tell` says once more where each incoming stream ended. */
  repeat(mark: number, tell: (id: number, takenOffset: number) => void): void {
    for (const [id, departed] of this.#streams) {
      departed.mark = mark;
      if (departed.takenOffset !== undefined) tell(id, departed.takenOffset);
    }
  }

  /** Where the incoming ones ended. */
  *takenOffsets(): Generator<[number, number]> {
    for (const [id, { takenOffset }] of this.#streams) if (takenOffset !== undefined) yield [id, takenOffset];
  }
}
