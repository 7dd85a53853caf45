import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** An archive has the size of the runtime, over 100 MB. */
const keptArchives = 4;
/** A run that has just chosen an archive must still find it when its machine starts. */
const minimumAgeMs = 60 * 60 * 1000;

/**
 * Removes the archives that were not used for longest, beyond the newest few. Never throws: a cache that
 * could not be pruned is only larger.
 */
export async function pruneInitramfsCache(cacheDir: string, nowMs: number = Date.now()): Promise<void> {
  try {
    const names = (await readdir(cacheDir)).filter((name) => name.endsWith('.cpio'));
    const archives = await Promise.all(
      names.map(async (name) => ({ name, usedMs: (await stat(join(cacheDir, name))).mtimeMs })),
    );
    const byLastUse = archives.toSorted((one, other) => other.usedMs - one.usedMs);
    for (const { name, usedMs } of byLastUse.slice(keptArchives)) {
      if (nowMs - usedMs < minimumAgeMs) continue;
      const path = join(cacheDir, name);
      // The note first: an archive without a note is composed again.
      await rm(path.replace(/\.cpio$/, '.json'), { force: true });
      await rm(path, { force: true });
    }
  } catch {
    // Another run may be pruning at the same time.
  }
}
