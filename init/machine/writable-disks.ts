import { readKernelFile } from './kernel-file.ts';
import { parseMountinfo } from './mountinfo.ts';

/**
 * Where init has filesystems that are mounted from a block device and not read-only, each once, in the order of their
 * mounting. All that a container has of them comes from there; its own mounts are not looked at, because a process
 * can name them as it likes and lead their paths elsewhere.
 */
export function findWritableDisks(procRoot = '/proc'): string[] {
  const paths = new Map<string, string>();
  for (const mount of parseMountinfo(readKernelFile(`${procRoot}/self/mountinfo`) ?? '')) {
    // devtmpfs calls itself a device too, but has no path for a name.
    if (!mount.source.startsWith('/dev/') || mount.superOptions.includes('ro')) continue;
    if (!paths.has(mount.device)) paths.set(mount.device, mount.mountPoint);
  }
  return [...paths.values()];
}
