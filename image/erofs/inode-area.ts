import type { BlockFile } from './block-file.ts';
import { blockBytes, inodeSlotBytes, roundUp } from './format.ts';

/** Blocks that may be filled at the same time: more of them pack tighter and spread neighbours further. */
const maxOpenBlocks = 16;

interface OpenBlock {
  offset: number;
  bytes: Buffer;
  usedBytes: number;
}

/**
 * Hands out room for inodes with their attributes and inline data. Each goes into the fullest open block that
 * still holds it, so that none crosses a block boundary unless it is larger than a block; those get blocks of
 * their own. Blocks are reserved in the image as they are opened and written when they are full.
 */
export class InodeArea {
  readonly #file: BlockFile;
  readonly #open: OpenBlock[] = [];

  constructor(file: BlockFile) {
    this.#file = file;
  }

  /** Reserves room and returns its byte offset in the image. After `flush` the caller patches it there. */
  async reserve(lengthBytes: number): Promise<number> {
    if (lengthBytes > blockBytes) {
      return (await this.#file.reserveBlocks(Math.ceil(lengthBytes / blockBytes))) * blockBytes;
    }
    const block = await this.#blockWithRoom(lengthBytes);
    const offset = block.offset + block.usedBytes;
    block.usedBytes += roundUp(lengthBytes, inodeSlotBytes);
    return offset;
  }

  /** Reserves room, puts `bytes` there and returns the byte offset in the image. */
  async place(bytes: Uint8Array): Promise<number> {
    const offset = await this.reserve(bytes.length);
    const block = this.#open.find((open) => offset >= open.offset && offset < open.offset + blockBytes);
    if (block === undefined) await this.#file.patch(offset, bytes);
    else block.bytes.set(bytes, offset - block.offset);
    return offset;
  }

  /** Writes all open blocks and closes them. */
  async flush(): Promise<void> {
    for (const block of this.#open.splice(0)) await this.#file.patch(block.offset, block.bytes);
  }

  async #blockWithRoom(lengthBytes: number): Promise<OpenBlock> {
    let best: OpenBlock | undefined;
    for (const block of this.#open) {
      const fits = block.usedBytes + lengthBytes <= blockBytes;
      if (fits && (best === undefined || block.usedBytes > best.usedBytes)) best = block;
    }
    if (best !== undefined) return best;
    if (this.#open.length === maxOpenBlocks) await this.#retireFullest();
    const offset = (await this.#file.reserveBlocks(1)) * blockBytes;
    const block = { offset, bytes: Buffer.alloc(blockBytes), usedBytes: 0 };
    this.#open.push(block);
    return block;
  }

  async #retireFullest(): Promise<void> {
    const fullest = this.#open.reduce((left, right) => (right.usedBytes > left.usedBytes ? right : left));
    this.#open.splice(this.#open.indexOf(fullest), 1);
    await this.#file.patch(fullest.offset, fullest.bytes);
  }
}
