import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { type VerityConfig, verityBlockBytes } from '../../protocol/verity.ts';
import { HashTreeWriter } from './hash-tree.ts';
import { encodeSuperblock } from './superblock.ts';

/** Read at a time; a multiple of the block size. */
const chunkBytes = 1024 * 1024;

export interface HashTreeOptions {
  signal?: AbortSignal | undefined;
  /** Called with the bytes that each step has read: each byte of data is read twice. */
  onBytes?: (lengthBytes: number) => void;
}

/**
 * Appends a dm-verity superblock and hash tree to a disk image, as veritysetup(8) would at that offset. Data is first
 * filled up with zeros to whole blocks. Salt and UUID come from the data, so that the same data gives the same bytes.
 * Memory does not grow with the file.
 *
 * Throws a FirstbornError of code `host` for an empty file or a failing file system, and the signal's reason. After a
 * failure the file is of no use any more.
 */
export async function appendHashTree(path: string, options: HashTreeOptions = {}): Promise<VerityConfig> {
  try {
    const file = await open(path, 'r+');
    try {
      return await writeTree(file, options);
    } finally {
      await file.close();
    }
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new FirstbornError('host', `Cannot append a hash tree to "${path}"`, { cause });
  }
}

async function writeTree(file: FileHandle, options: HashTreeOptions): Promise<VerityConfig> {
  const { size } = await file.stat();
  if (size === 0) throw new Error('it is empty');
  const dataBlocks = Math.ceil(size / verityBlockBytes);
  const hashOffsetBytes = dataBlocks * verityBlockBytes;
  await file.truncate(hashOffsetBytes);
  const salt = await digestData(file, hashOffsetBytes, options);
  const treeOffsetBytes = hashOffsetBytes + verityBlockBytes;
  const tree = new HashTreeWriter({
    salt,
    dataBlocks,
    write: (offsetBytes, bytes) => writeAt(file, treeOffsetBytes + offsetBytes, bytes),
  });
  for await (const chunk of readData(file, hashOffsetBytes, options)) await tree.add(chunk);
  const rootHash = await tree.finish();
  const superblock = Buffer.alloc(verityBlockBytes);
  superblock.set(encodeSuperblock({ uuid: uuidFrom(salt), dataBlocks, salt }));
  await writeAt(file, hashOffsetBytes, superblock);
  return {
    rootHash: rootHash.toString('hex'),
    salt: salt.toString('hex'),
    algorithm: 'sha256',
    dataBlocks,
    hashOffsetBytes,
    blockSizeBytes: verityBlockBytes,
  };
}

async function digestData(file: FileHandle, lengthBytes: number, options: HashTreeOptions): Promise<Buffer> {
  const digest = createHash('sha256');
  for await (const chunk of readData(file, lengthBytes, options)) digest.update(chunk);
  return digest.digest();
}

/** Marked as version 8 (RFC 9562, "custom"). */
function uuidFrom(salt: Buffer): Buffer {
  const uuid = createHash('sha256').update('verity uuid ').update(salt).digest().subarray(0, 16);
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x80;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid;
}

/** Yields the first `lengthBytes` of a file in one buffer that is used again and again. */
async function* readData(
  file: FileHandle,
  lengthBytes: number,
  { signal, onBytes }: HashTreeOptions,
): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(Math.min(chunkBytes, lengthBytes));
  for (let offset = 0; offset < lengthBytes; ) {
    signal?.throwIfAborted();
    const wanted = Math.min(buffer.length, lengthBytes - offset);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await file.read(buffer, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) throw new Error('it became shorter meanwhile');
      filled += bytesRead;
    }
    offset += wanted;
    yield buffer.subarray(0, wanted);
    onBytes?.(wanted);
  }
}

async function writeAt(file: FileHandle, offsetBytes: number, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const result = await file.write(bytes, written, bytes.length - written, offsetBytes + written);
    written += result.bytesWritten;
  }
}
