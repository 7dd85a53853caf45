import type { BigIntStats } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { decodePathBytes } from '../path-bytes.ts';
import type { FileStat } from '../replies.ts';
import { closeFd, openName, pathInDirectory, statFd } from './descriptor-calls.ts';
import { errnoOf } from './file-failure.ts';

/** Something in a tree, held by a descriptor: what was looked at is what will be read. */
export interface FileNode {
  /** O_PATH. Whoever has the node closes it. */
  readonly fd: number;
  readonly stat: BigIntStats;
  /** Of a symbolic link, else empty. Becomes bytes through `encodePathBytes`. */
  readonly linkTarget: string;
}

/** Opens what `name` is in a directory. Resolves to `undefined` when it is not, or no longer, there. */
export async function openNode(directoryFd: number, name: string): Promise<FileNode | undefined> {
  let fd: number | undefined;
  try {
    fd = await openName(directoryFd, name);
    const stat = await statFd(fd);
    const linkTarget = stat.isSymbolicLink()
      ? decodePathBytes(await readlink(pathInDirectory(directoryFd, name), { encoding: 'buffer' }))
      : '';
    return { fd, stat, linkTarget };
  } catch (error) {
    if (fd !== undefined) await closeFd(fd);
    // EINVAL is of readlink: another thing has the name by now.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}

function typeOf(stat: BigIntStats): FileStat['type'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'character';
  if (stat.isBlockDevice()) return 'block';
  return stat.isFIFO() ? 'fifo' : 'socket';
}

/** The node as the request `stat` tells it. The target of a link is not cut. */
export function describeNode({ stat, linkTarget }: Pick<FileNode, 'stat' | 'linkTarget'>): FileStat {
  return {
    type: typeOf(stat),
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    sizeBytes: Number(stat.size),
    modifiedMs: Number(stat.mtimeNs) / 1e6,
    ...(stat.isSymbolicLink() ? { target: linkTarget } : {}),
  };
}
