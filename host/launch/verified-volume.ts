import { open } from 'node:fs/promises';
import { readHashArea } from '../../image/verity/read-hash-area.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { type VerityConfig, verityBlockBytes } from '../../protocol/verity.ts';
import type { DiskFormat } from './volume-source.ts';

/** What a mount says of the hash tree of its disk. */
export interface VerityWish {
  /** 64 hexadecimal digits. */
  rootHash: string;
  /** Where the superblock of the hash area is; behind the file system when absent. */
  hashOffsetBytes?: number;
}

const headBytes = 4096;

export interface FileSystemSize {
  /** `undefined` for a squashfs, which is not bound to blocks of its disk. */
  blockBytes: number | undefined;
  lengthBytes: number;
}

/**
 * How big a file system is, by its superblock: squashfs's bytes_used; EROFS's blocks at 1024 + 36 of 1 << the byte at
 * 1024 + 12; ext4's blocks at 1024 + 4 (their upper half at 1024 + 0x150) of 1024 << the number at 1024 + 0x18. Pure.
 */
export function fileSystemSize(head: Buffer, format: DiskFormat): FileSystemSize {
  switch (format) {
    case 'squashfs':
      return { blockBytes: undefined, lengthBytes: Number(head.readBigUInt64LE(40)) };
    case 'erofs': {
      const blockBytes = 2 ** head.readUInt8(1024 + 12);
      return { blockBytes, lengthBytes: head.readUInt32LE(1024 + 36) * blockBytes };
    }
    case 'ext4': {
      const blockBytes = 1024 * 2 ** head.readUInt32LE(1024 + 0x18);
      const is64Bit = (head.readUInt32LE(1024 + 0x60) & 0x80) !== 0;
      const upper = is64Bit ? head.readUInt32LE(1024 + 0x150) : 0;
      return { blockBytes, lengthBytes: (upper * 2 ** 32 + head.readUInt32LE(1024 + 4)) * blockBytes };
    }
    default:
      return format satisfies never;
  }
}

async function readHead(path: string): Promise<Buffer> {
  const head = Buffer.alloc(headBytes);
  try {
    await using file = await open(path);
    await file.read(head, 0, head.length, 0);
    return head;
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read the disk "${path}"`, { cause });
  }
}

/**
 * Finds the hash tree of a disk that is to be mounted verified. Throws a FirstbornError of code `host` when there is none
 * where it should be, or the file system can't be mounted through it.
 */
export async function inspectVolumeVerity(
  disk: { path: string; format: DiskFormat },
  { rootHash, hashOffsetBytes }: VerityWish,
): Promise<VerityConfig> {
  const { path, format } = disk;
  const { blockBytes, lengthBytes } = fileSystemSize(await readHead(path), format);
  // The kernel can't mount it: the verified device has sectors of the tree's block size.
  if (blockBytes !== undefined && blockBytes < verityBlockBytes) {
    throw new FirstbornError(
      'host',
      `Cannot verify "${path}": its ${format} has blocks of ${blockBytes} bytes, expected ${verityBlockBytes}`,
    );
  }
  return await readHashArea(path, {
    rootHash,
    hashOffsetBytes: hashOffsetBytes ?? Math.ceil(lengthBytes / verityBlockBytes) * verityBlockBytes,
  });
}
