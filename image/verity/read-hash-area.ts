import { open } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { type VerityConfig, verityBlockBytes } from '../../protocol/verity.ts';
import { hashTreeBlocks } from './hash-tree.ts';
import { decodeSuperblock, superblockBytes } from './superblock.ts';

/**
 * Reads what a disk image says of its own hash tree, as veritysetup(8) or `appendHashTree` left it at
 * `hashOffsetBytes`. None of it need be trusted: with another salt or another number of blocks nothing leads to
 * `rootHash` any more. Throws a FirstbornError of code `host` when there is no such tree, or not all of it.
 */
export async function readHashArea(
  path: string,
  { rootHash, hashOffsetBytes }: Pick<VerityConfig, 'rootHash' | 'hashOffsetBytes'>,
): Promise<VerityConfig> {
  const where = `"${path}" at byte ${hashOffsetBytes}`;
  const { head, sizeBytes } = await readAt(path, hashOffsetBytes);
  const { dataBlocks, salt } = decodeSuperblock(head, where);
  const refuse = (reason: string): FirstbornError =>
    new FirstbornError('host', `Cannot use the hash tree in ${where}: ${reason}`);
  if (dataBlocks * verityBlockBytes > hashOffsetBytes) {
    throw refuse(`its ${dataBlocks} blocks of data do not end before it`);
  }
  const endBytes = hashOffsetBytes + (1 + hashTreeBlocks(dataBlocks)) * verityBlockBytes;
  if (sizeBytes < endBytes) throw refuse(`the file ends at byte ${sizeBytes}, the tree at ${endBytes}`);
  return {
    rootHash,
    salt: salt.toString('hex'),
    algorithm: 'sha256',
    dataBlocks,
    hashOffsetBytes,
    blockSizeBytes: verityBlockBytes,
  };
}

async function readAt(path: string, offsetBytes: number): Promise<{ head: Buffer; sizeBytes: number }> {
  try {
    await using file = await open(path);
    const head = Buffer.alloc(superblockBytes);
    const { bytesRead } = await file.read(head, 0, head.length, offsetBytes);
    return { head: head.subarray(0, bytesRead), sizeBytes: (await file.stat()).size };
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read the disk "${path}"`, { cause });
  }
}
