import { mkdir } from 'node:fs/promises';
import { artefacts, exists } from '../../host/artefacts.ts';
import { type BootFiles, prepareBootFiles } from '../../host/preparation/boot-files.ts';
import { stateDirectory } from '../../host/state-directory.ts';
import type { MachineType } from '../../host/vm/machine-description.ts';
import { packModules } from '../../image/kernel/modules.ts';
import type { CpioEntry } from '../../image/initramfs/cpio.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { testEnvironment } from '../../test/support/run-firstborn.ts';

/** A kernel on a board: what all machines of a comparison have in common. */
export interface Platform {
  name: PlatformName;
  board: MachineType;
  kernelPath: string;
  /** Firstborn's own, as every machine with this kernel has it. */
  bootFiles: BootFiles;
  /** The same with the runtime on a disk. */
  diskBootFiles: BootFiles;
  /** What the peers load, in order, of modules. */
  modules: Extract<CpioEntry, { type: 'file' }>[];
}

/** `microvm` is the microVM kernel on the board of that name; on q35 it has what Debian's kernel has there. */
export const platformNames = ['debian', 'microvm', 'microvm-q35'] as const;
export type PlatformName = (typeof platformNames)[number];

const boards: Record<PlatformName, MachineType> = {
  debian: 'q35',
  microvm: 'microvm',
  'microvm-q35': 'q35',
};

/** The devices that every measured machine has, and the filesystems of its disks. */
const neededModules = [
  'virtio_pci',
  'virtio_blk',
  'virtio_net',
  'virtio_console',
  'virtio_rng',
  'squashfs',
  'overlay',
];

async function peerModules(release: string | undefined): Promise<Platform['modules']> {
  const { manifest, entries } = await packModules(artefacts().defaultModulesDir, release ?? 'unknown');
  const needed = new Set(
    manifest.flatMap(({ name, dependencies }) =>
      neededModules.includes(name) ? [name, ...dependencies] : [],
    ),
  );
  return entries.filter((_, index) => needed.has(manifest[index]?.name ?? ''));
}

/** Finds kernel and initramfs. Throws a FirstbornError of code `host` when the kernel has not been built. */
export async function preparePlatform(name: PlatformName): Promise<Platform> {
  const built = artefacts();
  const isDebian = name === 'debian';
  if (!isDebian && !(await exists(built.microvmKernelPath))) {
    throw new FirstbornError(
      'host',
      `Cannot find the microVM kernel "${built.microvmKernelPath}": run "npm run kernel" once to build it`,
    );
  }
  const cacheDir = stateDirectory(testEnvironment).initramfsCacheDir;
  await mkdir(cacheDir, { recursive: true });
  const wanted = {
    kernelPath: isDebian ? undefined : built.microvmKernelPath,
    modulesDir: undefined,
    artefacts: built,
    cacheDir,
  };
  const bootFiles = await prepareBootFiles(wanted);
  const diskBootFiles = await prepareBootFiles({ ...wanted, runtimePlace: 'disk' });
  const modules = isDebian ? await peerModules(bootFiles.kernelRelease) : [];
  return { name, board: boards[name], kernelPath: bootFiles.kernelPath, bootFiles, diskBootFiles, modules };
}
