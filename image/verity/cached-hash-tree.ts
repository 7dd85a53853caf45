import { readFile, rm, writeFile } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import { VerityConfig } from '../../protocol/verity.ts';
import { putIntoCache, takeFromCache } from '../disk-cache.ts';

/** The root hash is kept beside its disk and not read from it: then it shows whatever happens to the disk. */
const noteName = (diskName: string): string => `${diskName}.verity.json`;

/** A disk outside the cache, and a name beside it that is free for as long as the call lasts. */
export interface VerifiedDiskPaths {
  disk: string;
  note: string;
}

/**
 * Takes a disk with its hash tree from the cache, as `takeFromCache` does. Resolves to what is known of the tree, or to
 * `undefined` when disk or note is not there as it was left.
 */
export async function takeVerifiedFromCache(
  cacheDir: string,
  diskName: string,
  paths: VerifiedDiskPaths,
): Promise<VerityConfig | undefined> {
  const verity = await takeNote(cacheDir, noteName(diskName), paths.note);
  if (verity === undefined) return undefined;
  return (await takeFromCache(cacheDir, diskName, paths.disk)) ? verity : undefined;
}

async function takeNote(cacheDir: string, name: string, path: string): Promise<VerityConfig | undefined> {
  if (!(await takeFromCache(cacheDir, name, path))) return undefined;
  try {
    return parseJsonWith(VerityConfig, await readFile(path, 'utf8'), `"${name}"`);
  } catch {
    return undefined; // as good as none: it will be written again
  } finally {
    await rm(path, { force: true });
  }
}

/** Keeps a disk with its hash tree. The note comes first: where the disk is, both are. */
export async function putVerifiedIntoCache(
  cacheDir: string,
  diskName: string,
  paths: VerifiedDiskPaths,
  verity: VerityConfig,
): Promise<void> {
  try {
    await writeFile(paths.note, `${JSON.stringify(verity)}\n`);
    await putIntoCache(cacheDir, noteName(diskName), paths.note);
  } catch (cause) {
    if (cause instanceof FirstbornError) throw cause;
    throw new FirstbornError('host', `Cannot write "${paths.note}"`, { cause });
  } finally {
    await rm(paths.note, { force: true });
  }
  await putIntoCache(cacheDir, diskName, paths.disk);
}
