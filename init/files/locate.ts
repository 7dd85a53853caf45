import type { BigIntStats } from 'node:fs';
import { O_DIRECTORY, O_NOFOLLOW, O_PATH } from '../../addon/constants.ts';
import type { Native } from '../../addon/native.ts';
import { closeFd, statFd } from '../../protocol/files/descriptor-calls.ts';
import { archiveNameOf } from '../../protocol/files/entry-path.ts';
import { type FileNode, openNode } from '../../protocol/files/file-node.ts';

/**
 * Finds what `path` is for a process in the container: links are followed inside `root`, the last one only with
 * `follow` or a slash behind it. The caller closes the node's descriptor. Rejects with a system error.
 */
export async function locate(native: Native, root: string, path: string, follow: boolean): Promise<FileNode> {
  const fd = native.openInRoot(root, path, follow ? O_PATH : O_PATH | O_NOFOLLOW, 0);
  let stat: BigIntStats;
  try {
    stat = await statFd(fd);
  } catch (error) {
    await closeFd(fd);
    throw error;
  }
  if (!stat.isSymbolicLink()) return { fd, stat, linkTarget: '' };
  await closeFd(fd);
  return await locateLink(native, root, path);
}

/** A link's text can only be read by its name. */
async function locateLink(native: Native, root: string, path: string): Promise<FileNode> {
  const parentFd = await locateDirectory(native, root, path.slice(0, path.lastIndexOf('/') + 1));
  try {
    const node = await openNode(parentFd, archiveNameOf(path));
    if (node !== undefined) return node;
  } finally {
    await closeFd(parentFd);
  }
  throw Object.assign(new Error('It has just gone'), { code: 'ENOENT', errno: 2, syscall: 'openat' });
}

/** Opens a directory of the container (O_PATH). The caller closes it. Rejects with a system error. */
// oxlint-disable-next-line require-await -- a rejection, like all failures here
export async function locateDirectory(native: Native, root: string, path: string): Promise<number> {
  return native.openInRoot(root, path, O_PATH | O_DIRECTORY, 0);
}
