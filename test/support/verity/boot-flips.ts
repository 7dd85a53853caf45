import { appendFileSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { artefacts } from '../../../host/artefacts.ts';
import { prepareBootFiles } from '../../../host/preparation/boot-files.ts';
import { verityModules } from '../../../host/preparation/verity-kernel.ts';
import { stateDirectory } from '../../../host/state-directory.ts';
import { initramfsPaths } from '../../../image/initramfs/runtime-files.ts';
import { type CpioEntry, encodeCpio } from '../../../image/initramfs/cpio.ts';
import { bundleProgram } from '../../../scripts/bundle-init.ts';
import { bootUnattended } from '../raw-machine.ts';
import { testEnvironment } from '../run-firstborn.ts';
import { flipRequestPath, type FlipReport, type FlipRequest, reportMark } from './flips.ts';

/** What all machines get, then the kernel's, then ours: of two files of a name the kernel takes the later one. */
async function writeInitramfs(path: string, request: FlipRequest): Promise<void> {
  const cacheDir = stateDirectory(testEnvironment).initramfsCacheDir;
  mkdirSync(cacheDir, { recursive: true });
  const { initramfsPath } = await prepareBootFiles({
    kernelPath: undefined,
    modulesDir: undefined,
    extraModules: verityModules,
    artefacts: artefacts(testEnvironment),
    cacheDir,
  });
  const programPath = `${path}.js`;
  await bundleProgram({ entryPath: join(import.meta.dirname, 'guest-program.ts'), outPath: programPath });
  const entries: CpioEntry[] = [
    { type: 'file', path: initramfsPaths.init, mode: 0o755, content: readFileSync(programPath) },
    { type: 'file', path: flipRequestPath, mode: 0o644, content: Buffer.from(JSON.stringify(request)) },
  ];
  copyFileSync(initramfsPath, path);
  for (const chunk of encodeCpio(entries)) appendFileSync(path, chunk);
}

/**
 * Boots a machine on a writable disk and has it flip bits there. Gives what it met in each pass. Throws with the
 * console's text when it did not come to its end.
 */
export async function bootFlips(
  disk: { path: string; scratchDir: string },
  request: FlipRequest,
): Promise<FlipReport[]> {
  const initramfsPath = join(disk.scratchDir, 'flips.cpio');
  await writeInitramfs(initramfsPath, request);
  const { console: text } = await bootUnattended({
    rootDiskPath: disk.path,
    configDiskPath: initramfsPath,
    describe: (description) => ({
      ...description,
      initramfsPath,
      // A line for each refused block would take longer than all the reading.
      kernelArguments: [...description.kernelArguments, 'loglevel=1'],
      // Nobody reads a config, but its disk is looked for: any file will do.
      disks: description.disks.map((one, index) => ({ ...one, readonly: index > 0 })),
    }),
  });
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(reportMark))
    .map((line) => line.slice(reportMark.length).trim());
  if (lines.pop() !== 'done') throw new Error(`Cannot tell what the flips did\n${text.slice(-4000)}`);
  return lines.map((line) => JSON.parse(line) as FlipReport);
}
