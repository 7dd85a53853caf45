import { readKernelFile } from './kernel-file.ts';
import { parseMountinfo } from './mountinfo.ts';

/** A filesystem on a disk that something may write to. */
export interface WritableDisk {
  /** `major:minor` of the filesystem. */
  device: string;
  /** Where init reaches it: below the root of a process that has it mounted. */
  path: string;
}

/**
 * The filesystems that are mounted from a block device and not read-only, among the mounts of the given processes
 * (`self` is init), each once, in the order of their mounting. Reads /proc; a process that has ended has none.
 */
export function findWritableDisks(
  processes: readonly (number | 'self')[],
  procRoot = '/proc',
): WritableDisk[] {
  const disks = new Map<string, WritableDisk>();
  for (const process of processes) {
    for (const mount of parseMountinfo(readKernelFile(`${procRoot}/${process}/mountinfo`) ?? '')) {
      // devtmpfs calls itself a device too, but has no path for a name.
      if (!mount.source.startsWith('/dev/') || mount.superOptions.includes('ro')) continue;
      if (disks.has(mount.device)) continue;
      disks.set(mount.device, {
        device: mount.device,
        path: `${procRoot}/${process}/root${mount.mountPoint}`,
      });
    }
  }
  return [...disks.values()];
}
