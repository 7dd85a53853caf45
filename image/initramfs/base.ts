import { archiveEntries, writeArchive } from './archive-file.ts';
import { checkClosure } from './closure.ts';
import type { CpioEntry } from './cpio.ts';
import { initramfsPaths, readEntry, runtimeFiles, type RuntimeParts } from './runtime-files.ts';

export interface BaseInitramfsParts extends RuntimeParts {
  reaperPath: string;
}

/** Lists the archive: directories, then device nodes, then files, each sorted. Proves it complete. */
export async function baseInitramfsEntries(parts: BaseInitramfsParts): Promise<CpioEntry[]> {
  const entries = archiveEntries([
    ...(await runtimeFiles(parts)),
    await readEntry(parts.reaperPath, initramfsPaths.reaper, 0o755),
  ]);
  checkClosure(entries, parts.architecture);
  return entries;
}

/** Writes the kernel-independent archive that holds init and its whole runtime. */
export async function writeBaseInitramfs(outPath: string, parts: BaseInitramfsParts): Promise<void> {
  await writeArchive(outPath, await baseInitramfsEntries(parts));
}
