import { open, type FileHandle } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';

/**
 * mksquashfs 4.5 gives the root directory of a tar the time of day and the caller's uid and gid, whatever its
 * options say. This module sets what belongs there in the finished image. The inode table must be stored
 * uncompressed (`-noI`). Layout: the kernel's Documentation/filesystems/squashfs.rst and
 * fs/squashfs/squashfs_fs.h; all numbers are little-endian.
 */
export interface RootMetadata {
  uid: number;
  gid: number;
  /** 0 … 2^32 - 1. */
  mtimeSeconds: number;
}

/** Offsets in the superblock. */
const superblock = {
  lengthBytes: 96,
  idCount: 26,
  rootInode: 32,
  bytesUsed: 40,
  idTable: 48,
  xattrTable: 56,
  inodeTable: 64,
} as const;

/** Offsets in the head that all inodes share. */
const inodeHead = { lengthBytes: 12, uidIndex: 4, gidIndex: 6, mtime: 8 } as const;

const magic = 0x73717368;
const metadataBlockBytes = 8192;
const metadataHeaderBytes = 2;
const uncompressedBit = 0x8000;
const idBytes = 4;
const pointerBytes = 8;
const noTable = 0xffff_ffff_ffff_ffffn;
const paddingBytes = 4096;

/** Rewrites the root directory's owner and time in place. Throws FirstbornError `host`, also for another layout. */
export async function setSquashfsRoot(path: string, root: RootMetadata): Promise<void> {
  try {
    await rewriteRoot(path, root);
  } catch (cause) {
    if (cause instanceof FirstbornError) throw cause;
    throw new FirstbornError('host', `Cannot write "${path}"`, { cause });
  }
}

async function rewriteRoot(path: string, root: RootMetadata): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const head = await readExactly(handle, 0, superblock.lengthBytes);
    if (head.readUInt32LE(0) !== magic) throw unexpected('it is no squashfs');
    const ids = await readIds(handle, head);
    const uidIndex = indexOfId(ids, root.uid);
    const gidIndex = indexOfId(ids, root.gid);
    if (ids.length !== head.readUInt16LE(superblock.idCount)) await replaceIdTable(handle, head, ids);
    await patchRootInode(handle, head, { uidIndex, gidIndex, mtimeSeconds: root.mtimeSeconds });
  } finally {
    await handle.close();
  }
}

/** Position in the table; an id that is missing is added to it. */
function indexOfId(ids: number[], id: number): number {
  const index = ids.indexOf(id);
  return index === -1 ? ids.push(id) - 1 : index;
}

async function patchRootInode(
  handle: FileHandle,
  head: Buffer,
  root: { uidIndex: number; gidIndex: number; mtimeSeconds: number },
): Promise<void> {
  const reference = head.readBigUInt64LE(superblock.rootInode);
  const blockBytes = offsetAt(head, superblock.inodeTable) + Number(reference >> 16n);
  const startBytes = Number(reference & 0xffffn);
  const blockHeader = await readExactly(handle, blockBytes, metadataHeaderBytes);
  if ((blockHeader.readUInt16LE(0) & uncompressedBit) === 0) throw unexpected('its inodes are compressed');
  const fields = Buffer.alloc(inodeHead.lengthBytes);
  fields.writeUInt16LE(root.uidIndex, inodeHead.uidIndex);
  fields.writeUInt16LE(root.gidIndex, inodeHead.gidIndex);
  fields.writeUInt32LE(root.mtimeSeconds, inodeHead.mtime);
  for (let offset = inodeHead.uidIndex; offset < inodeHead.lengthBytes; offset++) {
    // An inode may go on in the next block, behind that block's header.
    const inBlock = startBytes + offset;
    const headers = inBlock < metadataBlockBytes ? metadataHeaderBytes : 2 * metadataHeaderBytes;
    await handle.write(fields, offset, 1, blockBytes + headers + inBlock);
  }
}

/** The ids that inodes refer to by index. `-noI` keeps this table uncompressed too. */
async function readIds(handle: FileHandle, head: Buffer): Promise<number[]> {
  const count = head.readUInt16LE(superblock.idCount);
  const blocks = Math.ceil((count * idBytes) / metadataBlockBytes);
  const pointers = await readExactly(handle, offsetAt(head, superblock.idTable), blocks * pointerBytes);
  const ids: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const startBytes = offsetAt(pointers, block * pointerBytes);
    const header = (await readExactly(handle, startBytes, metadataHeaderBytes)).readUInt16LE(0);
    if ((header & uncompressedBit) === 0) throw unexpected('its ids are compressed');
    const lengthBytes = header & ~uncompressedBit;
    const bytes = await readExactly(handle, startBytes + metadataHeaderBytes, lengthBytes);
    for (let offset = 0; offset < lengthBytes; offset += idBytes) ids.push(bytes.readUInt32LE(offset));
  }
  return ids;
}

/**
 * Writes a longer id table where the old one was. The kernel wants it directly before the attributes, which are
 * the last thing in the image, so they move up and their absolute pointers with them.
 */
async function replaceIdTable(handle: FileHandle, head: Buffer, ids: readonly number[]): Promise<void> {
  const oldIndexBytes = offsetAt(head, superblock.idTable);
  const startBytes = offsetAt(await readExactly(handle, oldIndexBytes, pointerBytes), 0);
  const oldBlocks = Math.ceil((head.readUInt16LE(superblock.idCount) * idBytes) / metadataBlockBytes);
  const oldEndBytes = oldIndexBytes + oldBlocks * pointerBytes;
  const { table, indexOffsetBytes } = encodeIdTable(ids, startBytes);
  const movedBytes = startBytes + table.length - oldEndBytes;
  const usedBytes = offsetAt(head, superblock.bytesUsed);
  const attributes = await readExactly(handle, oldEndBytes, usedBytes - oldEndBytes);
  moveAttributes(head, attributes, oldEndBytes, movedBytes);

  head.writeUInt16LE(ids.length, superblock.idCount);
  head.writeBigUInt64LE(BigInt(startBytes + indexOffsetBytes), superblock.idTable);
  head.writeBigUInt64LE(BigInt(usedBytes + movedBytes), superblock.bytesUsed);
  const tail = Buffer.concat([table, attributes]);
  await handle.write(tail, 0, tail.length, startBytes);
  await handle.truncate(Math.ceil((usedBytes + movedBytes) / paddingBytes) * paddingBytes);
  await handle.write(head, 0, head.length, 0);
}

/** Metadata blocks of ids, then their pointers. */
function encodeIdTable(
  ids: readonly number[],
  startBytes: number,
): { table: Buffer; indexOffsetBytes: number } {
  const perBlock = metadataBlockBytes / idBytes;
  const parts: Buffer[] = [];
  const pointers: Buffer[] = [];
  let positionBytes = startBytes;
  for (let first = 0; first < ids.length; first += perBlock) {
    const slice = ids.slice(first, first + perBlock);
    const block = Buffer.alloc(metadataHeaderBytes + slice.length * idBytes);
    block.writeUInt16LE(uncompressedBit | (slice.length * idBytes), 0);
    for (const [index, id] of slice.entries()) block.writeUInt32LE(id, metadataHeaderBytes + index * idBytes);
    const pointer = Buffer.alloc(pointerBytes);
    pointer.writeBigUInt64LE(BigInt(positionBytes));
    parts.push(block);
    pointers.push(pointer);
    positionBytes += block.length;
  }
  return { table: Buffer.concat([...parts, ...pointers]), indexOffsetBytes: positionBytes - startBytes };
}

/** Adds to every absolute pointer of the attribute table: in the superblock, its header and its index. */
function moveAttributes(head: Buffer, attributes: Buffer, startBytes: number, movedBytes: number): void {
  const table = head.readBigUInt64LE(superblock.xattrTable);
  if (table === noTable) return;
  const tableHeader = Number(table) - startBytes;
  head.writeBigUInt64LE(table + BigInt(movedBytes), superblock.xattrTable);
  const firstPointer = tableHeader + 16;
  for (const offset of [tableHeader, ...pointerOffsets(firstPointer, attributes.length)]) {
    attributes.writeBigUInt64LE(attributes.readBigUInt64LE(offset) + BigInt(movedBytes), offset);
  }
}

function pointerOffsets(start: number, end: number): number[] {
  return Array.from({ length: (end - start) / pointerBytes }, (_, index) => start + index * pointerBytes);
}

function offsetAt(buffer: Buffer, offset: number): number {
  return Number(buffer.readBigUInt64LE(offset));
}

async function readExactly(handle: FileHandle, offsetBytes: number, lengthBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(lengthBytes);
  const { bytesRead } = await handle.read(buffer, 0, lengthBytes, offsetBytes);
  if (bytesRead !== lengthBytes) throw unexpected('it ends too early');
  return buffer;
}

function unexpected(reason: string): FirstbornError {
  return new FirstbornError('host', `Cannot use the squashfs that mksquashfs wrote: ${reason}`);
}
