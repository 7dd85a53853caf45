import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import type { VerityConfig } from '../../protocol/verity.ts';

export type DiskFormat = 'ext4' | 'squashfs' | 'erofs';

/** What the source of a volume turned out to be. Paths are absolute and without links. */
export type VolumeSource =
  | { kind: 'directory'; path: string }
  | {
      kind: 'disk';
      path: string;
      format: DiskFormat;
      /** An ext4 whose journal holds what the disk does not: it can't be read without writing. */
      needsRecovery: boolean;
      /** What the guest verifies it by, if that was asked for. */
      verity?: VerityConfig;
    };

/** All superblocks that we look at end before this. */
const headBytes = 4096;

/**
 * Tells the file system by its superblock: squashfs's magic at 0; EROFS's and ext4's superblocks are at 1024
 * (Documentation/filesystems/ext4/super.rst: magic at 0x38, incompatible features at 0x60, of which 0x4 says that the
 * journal must be replayed; ext2 and ext3 have the same and are mounted as ext4). Pure.
 */
export function readSuperblock(head: Buffer): { format: DiskFormat; needsRecovery: boolean } | undefined {
  if (head.length >= 4 && head.toString('latin1', 0, 4) === 'hsqs') {
    return { format: 'squashfs', needsRecovery: false };
  }
  if (head.length < 1024 + 0x64) return undefined;
  if (head.readUInt32LE(1024) === 0xe0f5e1e2) return { format: 'erofs', needsRecovery: false };
  if (head.readUInt16LE(1024 + 0x38) !== 0xef53) return undefined;
  return { format: 'ext4', needsRecovery: (head.readUInt32LE(1024 + 0x60) & 0x4) !== 0 };
}

async function readHead(path: string): Promise<Buffer> {
  // A file may have become a FIFO since it was looked at.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const head = Buffer.alloc(headBytes);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  return head.subarray(0, bytesRead);
}

/** Looks at a volume's source. Throws a FirstbornError of code `host` for what can't be a volume. */
export async function inspectVolumeSource(source: string): Promise<VolumeSource> {
  let path: string;
  let head: Buffer;
  try {
    path = await realpath(source);
    const stats = await stat(path);
    if (stats.isDirectory()) return { kind: 'directory', path };
    head = stats.isFile() ? await readHead(path) : Buffer.alloc(0);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot mount "${source}"`, { cause });
  }
  const superblock = readSuperblock(head);
  if (superblock !== undefined) return { kind: 'disk', path, ...superblock };
  throw new FirstbornError(
    'host',
    `Cannot mount "${source}": expected a directory, or a file with an ext4, squashfs or EROFS file system`,
  );
}
