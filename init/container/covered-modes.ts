import { closeSync, fstatSync } from 'node:fs';
import { O_DIRECTORY, O_PATH } from '../../addon/constants.ts';
import type { Native, NativeError } from '../../addon/native.ts';
import type { SpecMount } from '../../protocol/oci/runtime-spec.ts';

/** A directory inside a root; `undefined` where the root has none of this name. The caller closes it. */
export function openRootDirectory(native: Native, rootPath: string, path: string): number | undefined {
  try {
    return native.openInRoot(rootPath, path, O_PATH | O_DIRECTORY, 0);
  } catch (error) {
    const { code } = error as NativeError;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

/** The permission bits of the directories that a root has where a tmpfs is to be mounted, by destination. */
export function coveredModes(
  native: Native,
  rootPath: string,
  mounts: readonly SpecMount[],
): Map<string, number> {
  const modes = new Map<string, number>();
  for (const { type, destination } of mounts) {
    if (type !== 'tmpfs') continue;
    const fd = openRootDirectory(native, rootPath, destination);
    if (fd === undefined) continue;
    modes.set(destination, fstatSync(fd).mode & 0o7777);
    closeSync(fd);
  }
  return modes;
}
