import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { putIntoCache, takeFromCache } from '../../image/disk-cache.ts';
import { readRuntimeDiskId } from '../../image/runtime-disk.ts';
import type { StateDirectory } from '../state-directory.ts';

const cachedName = /^runtime-[0-9a-f]{32}\.erofs$/;

/** Machines have links of their own to the disks that they need. Never throws: a cache that stays is only larger. */
async function forgetOthers(cacheDir: string, name: string): Promise<void> {
  try {
    const names = await readdir(cacheDir);
    const others = names.filter((other) => cachedName.test(other) && other !== name);
    for (const other of others) await rm(join(cacheDir, other), { force: true });
  } catch {
    // Another run may be at it at the same time.
  }
}

/**
 * Gives a machine the runtime disk that the build has now, which it keeps when the build has another one later: a link to
 * one file that all machines share, and with it its pages in the host's memory. Returns its path, in `machineDir`. Throws
 * a FirstbornError of code `host`.
 */
export async function prepareRuntimeDisk(
  builtPath: string,
  machineDir: string,
  { imageCacheDir }: Pick<StateDirectory, 'imageCacheDir'>,
): Promise<string> {
  const path = join(machineDir, 'runtime.erofs');
  const name = `runtime-${await readRuntimeDiskId(builtPath)}.erofs`;
  if (await takeFromCache(imageCacheDir, name, path)) return path;
  await putIntoCache(imageCacheDir, name, builtPath);
  await forgetOthers(imageCacheDir, name);
  await takeFromCache(imageCacheDir, name, path);
  return path;
}
