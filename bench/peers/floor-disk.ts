import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskDescription } from '../../host/vm/machine-description.ts';
import { runtimeFiles } from '../../image/initramfs/runtime-files.ts';
import { writeRuntimeDisk } from '../../image/runtime-disk.ts';
import { runtimeDiskSerial } from '../../protocol/names.ts';
import { projectRoot } from '../../test/support/test-images.ts';

const build = join(projectRoot, 'build');

/** The disk that the first stage looks for. */
export const runtimeDisk = (path: string): DiskDescription => ({
  path,
  serial: runtimeDiskSerial,
  readonly: true,
  format: 'raw',
});

/** Writes Firstborn's runtime disk with bare Node's /init. Gives its path. */
export async function floorDisk(): Promise<string> {
  const outPath = join(build, 'bench/floor-runtime.erofs');
  await mkdir(join(build, 'bench'), { recursive: true });
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const files = await runtimeFiles({
    nodePath: join(build, 'node'),
    initPath: join(import.meta.dirname, 'files/floor-init.js'),
    initFiles: {},
    addonPath: join(build, 'addon.node'),
    architecture,
  });
  await writeRuntimeDisk(outPath, files, architecture);
  return outPath;
}
