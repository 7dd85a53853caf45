import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guestPlatform } from '../../image/platform.ts';
import { prepareImage } from '../../image/prepare-image.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import { writeSquashfs } from '../../test/support/disks.ts';
import { staticBusybox } from '../plain-initramfs.ts';

export interface BenchDisks {
  rootPath: string;
  configPath: string;
}

/** Where every init finds the workload in the image. */
export const workloadPath = '/bin/workload';

const emptyDirectories = ['dev', 'etc', 'proc', 'run', 'sys', 'tmp'];

/** The one image of all: the workload and a busybox, as squashfs. */
async function writeRootDisk(workload: string, directory: string): Promise<{ path: string; config: Buffer }> {
  const root = join(directory, 'root');
  for (const name of ['bin', ...emptyDirectories]) await mkdir(join(root, name), { recursive: true });
  await cp(workload, join(root, workloadPath));
  const busybox = await staticBusybox();
  await writeFile(join(root, busybox.path), busybox.content, { mode: busybox.mode });
  await symlink('busybox', join(root, 'bin/cat'));
  const prepared = await prepareImage(root, {
    outDir: directory,
    platform: guestPlatform(),
    format: 'squashfs',
    isRootDirectory: true,
  });
  await rm(root, { recursive: true });
  return { path: prepared.rootDiskPath, config: prepared.imageConfigBytes };
}

/** Writes root and config disk into `directory`. All machines of a comparison have these two. */
export async function writeBenchDisks(
  workload: string,
  network: NonNullable<LaunchConfigInput['network']>,
  directory: string,
): Promise<BenchDisks> {
  const { path, config } = await writeRootDisk(workload, directory);
  const rootPath = join(directory, 'bench-root.squashfs');
  await rename(path, rootPath);
  const configPath = join(directory, 'bench-config.squashfs');
  const launch: LaunchConfigInput = {
    version: 1,
    root: { format: 'squashfs' },
    process: { entrypoint: [workloadPath] },
    hostname: 'bench',
    network,
  };
  writeSquashfs(configPath, {
    'launch.json': JSON.stringify(launch),
    'image/config.json': config.toString(),
  });
  return { rootPath, configPath };
}
