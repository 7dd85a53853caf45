import { guestRuntimePath } from '../../protocol/names.ts';
import { archiveEntries, writeArchive } from './archive-file.ts';
import { checkClosure, type RuntimeArchitecture } from './closure.ts';
import type { CpioEntry } from './cpio.ts';
import { type FileEntry, initramfsPaths, readEntry } from './runtime-files.ts';

export interface FirstStageParts {
  /** The first stage, a static program. */
  firstStagePath: string;
  reaperPath: string;
  architecture: RuntimeArchitecture;
}

/** For the one line that tells why a machine does not come up, before devtmpfs is mounted. */
const kernelLog: CpioEntry = { type: 'char', path: 'dev/kmsg', mode: 0o600, major: 1, minor: 11 };

/**
 * Lists an archive without the runtime: the first stage is /init, and in the place of each of the runtime's files is a
 * symbolic link into the runtime disk, so that every path means the same as with everything in the initramfs. Proves
 * that what is in it needs nothing else.
 */
export async function firstStageEntries(
  parts: FirstStageParts,
  runtime: readonly FileEntry[],
): Promise<CpioEntry[]> {
  const links = runtime
    .filter(({ path }) => path !== initramfsPaths.init)
    .map(({ path }): CpioEntry => ({ type: 'symlink', path, target: `${guestRuntimePath}/${path}` }));
  const programs = await Promise.all([
    readEntry(parts.firstStagePath, initramfsPaths.init, 0o755),
    readEntry(parts.reaperPath, initramfsPaths.reaper, 0o755),
  ]);
  checkClosure(programs, parts.architecture);
  return archiveEntries([...programs, ...links], {
    directories: [guestRuntimePath.slice(1)],
    deviceNodes: [kernelLog],
  });
}

/** Writes the kernel-independent archive that goes with a runtime disk of the files `runtime`. */
export async function writeFirstStage(
  outPath: string,
  parts: FirstStageParts,
  runtime: readonly FileEntry[],
): Promise<void> {
  await writeArchive(outPath, await firstStageEntries(parts, runtime));
}
