import { closeSync, constants, openSync } from 'node:fs';
import { closeFd, O_PATH, statFd } from '../../../../protocol/files/descriptor-calls.ts';
import { type CopyTotals, packTree } from '../../../../protocol/files/pack-tree.ts';
import { type UnpackOptions, unpackTree } from '../../../../protocol/files/unpack-tree.ts';

/** Packs what is at a path into one buffer. */
export async function pack(path: string, name: string, totals?: CopyTotals): Promise<Buffer> {
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const top = { fd, stat: await statFd(fd), linkTarget: '' };
    const pieces: Buffer[] = [];
    const options = { name, errorCode: 'guest', ...(totals === undefined ? {} : { totals }) } as const;
    for await (const piece of packTree(top, options)) pieces.push(piece);
    return Buffer.concat(pieces);
  } finally {
    await closeFd(fd);
  }
}

/** An archive in pieces of an awkward size. */
export async function* inPieces(archive: Uint8Array, pieceBytes = 1009): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < archive.length; offset += pieceBytes) {
    yield archive.subarray(offset, offset + pieceBytes);
  }
}

/** Unpacks an archive into a directory. */
export async function unpack(
  archive: Uint8Array | AsyncIterable<Uint8Array>,
  directory: string,
  options: Partial<UnpackOptions> = {},
): Promise<CopyTotals> {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await unpackTree(archive instanceof Uint8Array ? inPieces(archive) : archive, fd, {
      archive: 'the archive',
      errorCode: 'guest',
      keepOwnership: false,
      makeFifo: () => Promise.reject(new Error('no FIFO is expected')),
      ...options,
    });
  } finally {
    closeSync(fd);
  }
}
