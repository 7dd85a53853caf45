import { readdirSync, readFileSync } from 'node:fs';

/**
 * Reads a small file of procfs, sysfs or a cgroup whole. Gives `undefined` when this kernel has no such file, or the
 * thing it tells of is gone.
 */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Names in a directory of the same filesystems; none when there is no such directory. */
export function listKernelDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
