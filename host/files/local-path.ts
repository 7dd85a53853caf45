import { lstat, readlink, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf, fileFailure } from '../../protocol/files/file-failure.ts';
import { describeNode } from '../../protocol/files/file-node.ts';
import type { FileStat } from '../../protocol/messages.ts';
import { decodePathBytes } from '../../protocol/path-bytes.ts';

/**
 * A path of this machine made absolute. Keeps what it ends in: `dir/.` means what is in the directory and `dir/`
 * that it must be one.
 */
export function resolveLocalPath(path: string): string {
  const absolute = resolve(path);
  if (path === '.' || path.endsWith('/.')) return absolute === '/' ? '/.' : `${absolute}/.`;
  return path.endsWith('/') && absolute !== '/' ? `${absolute}/` : absolute;
}

/**
 * What is at a path of this machine, in the words of the guest's `stat`. Resolves to `undefined` when nothing is
 * there. A link is followed with `follow`, or with a slash behind it.
 */
export async function statLocal(path: string, options: { follow: boolean }): Promise<FileStat | undefined> {
  try {
    const found = options.follow ? await stat(path, { bigint: true }) : await lstat(path, { bigint: true });
    const linkTarget = found.isSymbolicLink()
      ? decodePathBytes(await readlink(path, { encoding: 'buffer' }))
      : '';
    return describeNode({ stat: found, linkTarget });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw fileFailure('host', `Cannot look at ${JSON.stringify(path)}`, error);
  }
}
