import { crc32c } from './crc32c.ts';
import {
  blockBits,
  blockBytes,
  compatChecksum,
  compatMtime,
  superblockMagic,
  superblockOffset,
} from './format.ts';

/** Longest volume name: the field has 16 bytes and the kernel wants a NUL in it. */
export const maxVolumeNameBytes = 15;

export interface Superblock {
  /** nid of the root directory; the field has 16 bits, so the root is among the first 2 MiB. */
  rootNid: number;
  inodeCount: number;
  blockCount: number;
  /** 16 bytes. */
  uuid: Uint8Array;
  /** At most 15 bytes of UTF-8. */
  volumeName: string;
}

/**
 * Encodes block 0 with the superblock in it (`struct erofs_super_block`, `fs/erofs/erofs_fs.h`). The checksum
 * covers the block from the superblock to its end. Build time, feature_incompat and both area addresses are
 * zero.
 */
export function encodeSuperblock(superblock: Superblock): Buffer {
  const block = Buffer.alloc(blockBytes);
  const fields = block.subarray(superblockOffset);
  fields.writeUInt32LE(superblockMagic, 0);
  fields.writeUInt32LE(compatChecksum | compatMtime, 8);
  fields.writeUInt8(blockBits, 12);
  fields.writeUInt16LE(superblock.rootNid, 14);
  fields.writeBigUInt64LE(BigInt(superblock.inodeCount), 16);
  fields.writeUInt32LE(superblock.blockCount, 36);
  fields.set(superblock.uuid, 48);
  fields.write(superblock.volumeName, 64, maxVolumeNameBytes, 'utf8');
  fields.writeUInt32LE(crc32c(fields), 4);
  return block;
}
