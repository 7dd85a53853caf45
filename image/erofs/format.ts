import type { RootEntryType } from '../root-entry.ts';

/**
 * Numbers of the EROFS on-disk format. Source: Linux, `fs/erofs/erofs_fs.h` and
 * `Documentation/filesystems/erofs.rst`. All fields on disk are little endian.
 *
 * The part of the format that is used here was complete with Linux 5.10: blocks of 4096 bytes, uncompressed
 * data, inline extended attributes, no incompatible feature bits.
 *
 * How an image is laid out:
 *
 *     block 0        1024 bytes of nothing, then the superblock, zeros to the block's end
 *     block 1 …      blocks of file data, and between them blocks that hold inodes, in the order of arrival
 *     the end        the inodes of directories, then directory blocks that are not inline
 *
 * The metadata area starts at block 0, so the number of an inode (nid) is its byte offset in the image
 * divided by 32.
 */
export const blockBytes = 4096;
/** log2 of `blockBytes`. */
export const blockBits = 12;
/** Inodes start at multiples of this; a nid counts these slots. */
export const inodeSlotBytes = 32;

export const superblockOffset = 1024;
export const superblockMagic = 0xe0f5e1e2;

/** `feature_compat`: the superblock carries a checksum; every inode has its own modification time. */
export const compatChecksum = 0x1;
export const compatMtime = 0x2;

/** `i_format`, bits 1 to 3: where the data of an inode is. */
export const dataLayouts = {
  /** All data in whole blocks. */
  plain: 0,
  /** Whole blocks first; what is left over follows the inode and its attributes. */
  inline: 2,
} as const;
export type DataLayout = keyof typeof dataLayouts;

/** What an inode can be: a hard link has none of its own. */
export type InodeType = Exclude<RootEntryType, 'hardlink'>;

/** The file type in a directory entry: the generic FT_* numbers, `include/linux/fs_types.h`. */
export const direntTypes: Record<InodeType, number> = {
  file: 1,
  directory: 2,
  char: 3,
  block: 4,
  fifo: 5,
  symlink: 7,
};

/** The file type bits of a mode, inode(7). */
export const modeTypes: Record<InodeType, number> = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
};

/** Longest name of a directory entry (EROFS_NAME_LEN). */
export const maxNameBytes = 255;
/** Longest symlink that Linux follows: PATH_MAX without its NUL. */
export const maxSymlinkBytes = 4095;

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
