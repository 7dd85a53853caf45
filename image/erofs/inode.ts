import {
  blockBytes,
  type DataLayout,
  dataLayouts,
  type InodeType,
  inodeSlotBytes,
  modeTypes,
} from './format.ts';

/** Size of an extended inode, the only kind that is written: compact ones have no time of their own. */
export const inodeBytes = 64;
/** Where `i_nlink` is in an extended inode. */
export const linkCountOffset = 44;

/** An inode grows with its file until here; a larger file's last block is not worth a copy in the metadata. */
const maxInlinedFileBytes = 64 * 1024;

export interface InodeFields {
  type: InodeType;
  layout: DataLayout;
  /** 12 bits. */
  mode: number;
  uid: number;
  gid: number;
  mtimeSeconds: number;
  mtimeNanoseconds: number;
  sizeBytes: number;
  /** Bytes of encoded extended attributes between the inode and its inline data, a multiple of 4. */
  xattrBytes: number;
  /** First block of the data, or a device number from `encodeDevice`. */
  location: number;
  /** Inode number for 32-bit programs; 64-bit ones see the nid. */
  serial: number;
  links: number;
}

/** Encodes a `struct erofs_inode_extended` (`fs/erofs/erofs_fs.h`). */
export function encodeInode(fields: InodeFields): Buffer {
  const inode = Buffer.alloc(inodeBytes);
  inode.writeUInt16LE((dataLayouts[fields.layout] << 1) | 1, 0); // bit 0: extended
  // The count is in words of 4 bytes, with the 12-byte header of the attributes counted as one.
  inode.writeUInt16LE(fields.xattrBytes === 0 ? 0 : (fields.xattrBytes - 12) / 4 + 1, 2);
  inode.writeUInt16LE(modeTypes[fields.type] | fields.mode, 4);
  inode.writeBigUInt64LE(BigInt(fields.sizeBytes), 8);
  inode.writeUInt32LE(fields.location, 16);
  inode.writeUInt32LE(fields.serial, 20);
  inode.writeUInt32LE(fields.uid, 24);
  inode.writeUInt32LE(fields.gid, 28);
  inode.writeBigInt64LE(BigInt(fields.mtimeSeconds), 32);
  inode.writeUInt32LE(fields.mtimeNanoseconds, 40);
  inode.writeUInt32LE(fields.links, linkCountOffset);
  return inode;
}

/** Encodes a device number as the kernel's `new_encode_dev` does: 12 bits of major, 20 of minor. */
export function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}

/** The nid of the inode at a byte offset in the image. */
export function nidAt(offset: number): number {
  return offset / inodeSlotBytes;
}

/** Where the data of an inode goes. */
export interface DataPlan {
  layout: DataLayout;
  /** Bytes that follow the inode and its attributes; the others fill whole blocks. */
  inlineBytes: number;
}

/**
 * Decides where data goes: the part that fills no block follows the inode where both fit into one block, as
 * the kernel demands of inline data. A symlink that fits is then read together with its inode.
 */
export function planData(type: InodeType, sizeBytes: number, xattrBytes: number): DataPlan {
  const tailBytes = sizeBytes % blockBytes;
  const tooLarge = type === 'file' && sizeBytes > maxInlinedFileBytes;
  if (tailBytes === 0 || tooLarge || inodeBytes + xattrBytes + tailBytes > blockBytes) {
    return { layout: 'plain', inlineBytes: 0 };
  }
  return { layout: 'inline', inlineBytes: tailBytes };
}
