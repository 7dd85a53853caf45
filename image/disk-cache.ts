import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstbornError } from '../protocol/errors.ts';

/** Part of every cache key. To be raised whenever the same image would give other bytes than before. */
const writerVersion = 1;

/**
 * Modification time of a disk in the cache. Whoever writes to it, cuts it or copies it half gives it another
 * one, also through the hard link that a machine has, and it is not used again.
 */
const finishedTime = new Date('2000-01-01T00:00:00Z');

/** Name of a root disk in the cache. `identity` names the content: `sha256-…` of a manifest or config. */
export function cacheFileName(identity: string, format: string, compression: string): string {
  return `${identity}-${compression}-v${writerVersion}.${format}`;
}

/**
 * Gives `path` the cached disk of that name, without copying where both are on one file system. Resolves to
 * whether there was one that nobody has touched since. `path` must not exist.
 */
export async function takeFromCache(cacheDir: string, name: string, path: string): Promise<boolean> {
  const cached = join(cacheDir, name);
  try {
    if ((await stat(cached)).mtimeMs !== finishedTime.getTime()) return false;
    await linkOrCopy(cached, path);
    return true;
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return false;
    throw new FirstbornError('host', `Cannot use cached root disk "${cached}"`, { cause });
  }
}

/**
 * Keeps a finished disk. It appears under its name whole or not at all, also when the machine stops; of two
 * that come at once, one stays, and both have the same bytes. The cache may be deleted at any time.
 */
export async function putIntoCache(cacheDir: string, name: string, path: string): Promise<void> {
  const temporary = join(cacheDir, `.${name}.${randomUUID()}`);
  try {
    await mkdir(cacheDir, { recursive: true });
    await linkOrCopy(path, temporary);
    await sealFile(temporary);
    await rename(temporary, join(cacheDir, name));
    await rm(temporary, { force: true }); // rename(2) does nothing when both are the same file already
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new FirstbornError('host', `Cannot keep root disk "${join(cacheDir, name)}"`, { cause });
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Another file system, or one that has no links or allows no more of them.
    if (!isCode(error, 'EXDEV', 'EPERM', 'EMLINK', 'EOPNOTSUPP')) throw error;
    await copyFile(from, to);
  }
}

/** Marks the file as finished and waits until it is on the disk. */
async function sealFile(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.utimes(finishedTime, finishedTime);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
