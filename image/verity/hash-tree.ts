import { hash } from 'node:crypto';
import { verityBlockBytes } from '../../protocol/verity.ts';

/** SHA-256. */
const digestBytes = 32;
const digestsPerBlock = verityBlockBytes / digestBytes;
/** Blocks of one level that are gathered into one write. */
const blocksPerWrite = 64;

/** One level of a hash tree, in blocks. */
export interface HashLevel {
  blocks: number;
  /** From the tree's start. */
  firstBlock: number;
}

/**
 * Where the levels of a tree are: `[0]` holds the digests of the data, the last one is a single block, whose digest is
 * the root hash. On the disk it is the other way round, the topmost level first. A single block of data has no tree:
 * its own digest is the root hash. Pure.
 */
export function hashLevels(dataBlocks: number): HashLevel[] {
  const counts: number[] = [];
  for (let blocks = dataBlocks; blocks > 1; ) {
    blocks = Math.ceil(blocks / digestsPerBlock);
    counts.push(blocks);
  }
  let firstBlock = 0;
  const levels = counts.toReversed().map((blocks) => {
    const level = { blocks, firstBlock };
    firstBlock += blocks;
    return level;
  });
  return levels.toReversed();
}

/** Blocks of the whole tree. Pure. */
export function hashTreeBlocks(dataBlocks: number): number {
  return hashLevels(dataBlocks).reduce((sum, { blocks }) => sum + blocks, 0);
}

/** Digests blocks as a tree of version 1 has them: the salt first. Keeps no state between blocks. */
export class BlockHasher {
  /** Salt and block side by side: one call of the library costs less than two, copy included. */
  readonly #input: Buffer;
  readonly #saltBytes: number;

  constructor(salt: Uint8Array) {
    this.#saltBytes = salt.length;
    this.#input = Buffer.alloc(salt.length + verityBlockBytes);
    this.#input.set(salt);
  }

  /** `block` has exactly the length of a block. */
  digest(block: Uint8Array): Buffer {
    this.#input.set(block, this.#saltBytes);
    return hash('sha256', this.#input, 'buffer');
  }
}

/** Writes part of a tree, `offsetBytes` from its start. */
export type WriteTreeBytes = (offsetBytes: number, bytes: Uint8Array) => Promise<void>;

/** What is known of a level while the tree grows. */
interface GrowingLevel extends HashLevel {
  /** The block that takes digests. */
  block: Buffer;
  digests: number;
  /** Whole blocks that wait to be written. */
  pending: Buffer[];
  writtenBlocks: number;
}

/**
 * A dm-verity hash tree that grows with the data (Documentation/admin-guide/device-mapper/verity.rst). Memory does not
 * grow with it: a block of digests is written soon after it is full. Calls must not overlap.
 */
export class HashTreeWriter {
  readonly #hasher: BlockHasher;
  readonly #levels: GrowingLevel[];
  readonly #write: WriteTreeBytes;
  #missingBlocks: number;
  #rootHash: Buffer | undefined;

  constructor(options: { salt: Uint8Array; dataBlocks: number; write: WriteTreeBytes }) {
    this.#hasher = new BlockHasher(options.salt);
    this.#write = options.write;
    this.#missingBlocks = options.dataBlocks;
    this.#levels = hashLevels(options.dataBlocks).map((level) => ({
      ...level,
      block: Buffer.alloc(verityBlockBytes),
      digests: 0,
      pending: [],
      writtenBlocks: 0,
    }));
  }

  /** Takes the next data: whole blocks. Throws RangeError for more than was announced, and what `write` throws. */
  async add(data: Uint8Array): Promise<void> {
    const blocks = data.length / verityBlockBytes;
    if (!Number.isInteger(blocks) || blocks > this.#missingBlocks) {
      throw new RangeError(
        `Cannot hash ${data.length} bytes: expected ${this.#missingBlocks} blocks at most`,
      );
    }
    this.#missingBlocks -= blocks;
    for (let offset = 0; offset < data.length; offset += verityBlockBytes) {
      this.#addDigest(0, this.#hasher.digest(data.subarray(offset, offset + verityBlockBytes)));
    }
    for (const level of this.#levels) if (level.pending.length >= blocksPerWrite) await this.#flush(level);
  }

  /** Writes what is left and gives the root hash. Throws RangeError when data is missing. */
  async finish(): Promise<Buffer> {
    for (const [index, level] of this.#levels.entries()) {
      if (level.digests > 0) this.#closeBlock(index, level);
      await this.#flush(level);
    }
    if (this.#missingBlocks > 0 || this.#rootHash === undefined) {
      throw new RangeError(`Cannot finish a hash tree: ${this.#missingBlocks} blocks of data are missing`);
    }
    return this.#rootHash;
  }

  #addDigest(index: number, digest: Buffer): void {
    const level = this.#levels[index];
    if (level === undefined) {
      this.#rootHash = digest;
      return;
    }
    level.block.set(digest, level.digests * digestBytes);
    level.digests += 1;
    if (level.digests === digestsPerBlock) this.#closeBlock(index, level);
  }

  /** What a last block has no digests for stays zero. */
  #closeBlock(index: number, level: GrowingLevel): void {
    level.pending.push(level.block);
    this.#addDigest(index + 1, this.#hasher.digest(level.block));
    level.block = Buffer.alloc(verityBlockBytes);
    level.digests = 0;
  }

  async #flush(level: GrowingLevel): Promise<void> {
    if (level.pending.length === 0) return;
    const offsetBytes = (level.firstBlock + level.writtenBlocks) * verityBlockBytes;
    const blocks = level.pending.splice(0);
    level.writtenBlocks += blocks.length;
    await this.#write(offsetBytes, Buffer.concat(blocks));
  }
}
