interface Block {
  /** Counts what came on all streams, so that a replay has blocks in the order in which they began. */
  order: number;
  bytes: Buffer;
  startBytes: number;
  endBytes: number;
}

const blockBytes = 4 * 1024;

/** The last bytes of one stream, for whoever comes late. Holds at most its capacity and two blocks more. */
export class ReplayRing {
  readonly #capacityBytes: number;
  #blocks: Block[] = [];
  #lengthBytes = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  push(order: number, bytes: Buffer): void {
    let rest = bytes.subarray(Math.max(0, bytes.length - this.#capacityBytes));
    while (rest.length > 0) {
      const block = this.#openBlock(order);
      const lengthBytes = rest.copy(block.bytes, block.endBytes);
      block.endBytes += lengthBytes;
      this.#lengthBytes += lengthBytes;
      rest = rest.subarray(lengthBytes);
    }
    this.#forget(this.#lengthBytes - this.#capacityBytes);
  }

  /** What is remembered, oldest first. Valid until the next `push`. */
  contents(): { order: number; bytes: Buffer }[] {
    return this.#blocks.map(({ order, bytes, startBytes, endBytes }) => ({
      order,
      bytes: bytes.subarray(startBytes, endBytes),
    }));
  }

  #openBlock(order: number): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.endBytes < blockBytes) return last;
    const block = { order, bytes: Buffer.allocUnsafeSlow(blockBytes), startBytes: 0, endBytes: 0 };
    this.#blocks.push(block);
    return block;
  }

  #forget(surplusBytes: number): void {
    let surplus = surplusBytes;
    while (surplus > 0) {
      const [first] = this.#blocks;
      if (first === undefined) return;
      const lengthBytes = Math.min(surplus, first.endBytes - first.startBytes);
      first.startBytes += lengthBytes;
      this.#lengthBytes -= lengthBytes;
      surplus -= lengthBytes;
      if (first.startBytes === first.endBytes) this.#blocks.shift();
    }
  }
}
