import { constants } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { closeFd, O_PATH, openPath, statFd } from '../../protocol/files/descriptor-calls.ts';
import { archiveNameOf } from '../../protocol/files/entry-path.ts';
import { fileFailure } from '../../protocol/files/file-failure.ts';
import type { FileNode } from '../../protocol/files/file-node.ts';
import { type CopyTotals, packTree } from '../../protocol/files/pack-tree.ts';
import { decodePathBytes } from '../../protocol/path-bytes.ts';

export interface PackLocalOptions {
  /** The source's name in the archive; its own without this, `''` for what is in it alone. */
  name?: string;
  /** Copy what a link stands for instead of the link. */
  follow?: boolean;
  /** Keep owners and set-id bits. Without this everything belongs to root, as with docker-cp(1). */
  keepOwnership?: boolean;
  /** Counts as the archive grows, for a progress display. */
  totals?: CopyTotals;
  /** Ends the archive with its reason. */
  signal?: AbortSignal;
}

/**
 * A tar archive of a path of this machine and everything below it, piece by piece as it is asked for. Errors are
 * FirstbornErrors of code `host`. What the archive leaves out, `packTree` says.
 */
export async function* packLocal(path: string, options: PackLocalOptions = {}): AsyncGenerator<Buffer> {
  const { name = archiveNameOf(path), follow = false, keepOwnership = false, totals, signal } = options;
  const top = await openLocal(path, follow);
  try {
    yield* packTree(top, {
      name,
      errorCode: 'host',
      ...(keepOwnership ? {} : { owner: { uid: 0, gid: 0 } }),
      ...(totals === undefined ? {} : { totals }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    await closeFd(top.fd);
  }
}

async function openLocal(path: string, follow: boolean): Promise<FileNode> {
  let fd: number | undefined;
  try {
    fd = await openPath(path, follow ? O_PATH : O_PATH | constants.O_NOFOLLOW);
    const stat = await statFd(fd);
    if (stat.isSocket()) throw new Error('it is a socket');
    const linkTarget = stat.isSymbolicLink()
      ? decodePathBytes(await readlink(path, { encoding: 'buffer' }))
      : '';
    return { fd, stat, linkTarget };
  } catch (error) {
    if (fd !== undefined) await closeFd(fd);
    throw fileFailure('host', `Cannot copy ${JSON.stringify(path)}`, error);
  }
}
