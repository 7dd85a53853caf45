import { encodePathBytes } from '../../protocol/path-bytes.ts';
import { blockBytes, direntTypes, type InodeType } from './format.ts';

/** Size of a `struct erofs_dirent`; the names follow after all of a block's entries. */
const direntBytes = 12;

export interface Dirent {
  /** 1 to 255 bytes. */
  name: Buffer;
  nid: number;
  type: InodeType;
}

/** Entries `start` to `end` (exclusive) of a sorted directory, which share one block. */
export interface DirentBlock {
  start: number;
  end: number;
  usedBytes: number;
}

/**
 * Orders names as the kernel compares them when it searches, byte by byte. That differs from the order of
 * JavaScript strings beyond the basic multilingual plane.
 */
export function sortNames(names: Iterable<string>): { text: string; name: Buffer }[] {
  return Array.from(names, (text) => ({ text, name: encodePathBytes(text) })).toSorted((left, right) =>
    Buffer.compare(left.name, right.name),
  );
}

/** Spreads sorted names over blocks: each takes as many as fit. */
export function layOutDirents(names: readonly Buffer[]): DirentBlock[] {
  const blocks: DirentBlock[] = [];
  let current: DirentBlock = { start: 0, end: 0, usedBytes: 0 };
  for (const [index, name] of names.entries()) {
    const needed = direntBytes + name.length;
    if (current.usedBytes + needed > blockBytes) {
      blocks.push(current);
      current = { start: index, end: index, usedBytes: 0 };
    }
    current.end = index + 1;
    current.usedBytes += needed;
  }
  blocks.push(current);
  return blocks;
}

/** Size of a directory: whole blocks, and of the last one what is used. */
export function directoryBytes(blocks: readonly DirentBlock[]): number {
  return (blocks.length - 1) * blockBytes + (blocks.at(-1)?.usedBytes ?? 0);
}

/**
 * Encodes a directory's data. `dirents` are in the order of `sortNames`, `.` and `..` among them, and `blocks`
 * come from `layOutDirents`. Unused ends of blocks are zero: that is how the kernel finds the end of a block's
 * last name.
 */
export function encodeDirents(dirents: readonly Dirent[], blocks: readonly DirentBlock[]): Buffer {
  const data = Buffer.alloc(directoryBytes(blocks));
  for (const [index, block] of blocks.entries()) {
    const blockStart = index * blockBytes;
    const members = dirents.slice(block.start, block.end);
    let nameOffset = members.length * direntBytes;
    for (const [slot, dirent] of members.entries()) {
      const at = blockStart + slot * direntBytes;
      data.writeBigUInt64LE(BigInt(dirent.nid), at);
      data.writeUInt16LE(nameOffset, at + 8);
      data.writeUInt8(direntTypes[dirent.type], at + 10);
      data.set(dirent.name, blockStart + nameOffset);
      nameOffset += dirent.name.length;
    }
  }
  return data;
}
