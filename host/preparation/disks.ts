import { writeConfigDisk } from '../../image/config-disk.ts';
import { guestPlatform } from '../../image/platform.ts';
import { prepareImage } from '../../image/prepare-image.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { RootFormat } from '../launch/launch-config.ts';

export interface DiskOptions {
  /** An image in any form that `prepareImage` reads. */
  image: string;
  format: RootFormat;
  /** Gets the root disk, which may share its bytes with the cache; made when missing. */
  outDir: string;
  configDiskPath: string;
  launch: LaunchConfigInput;
  /** Root disks of images are kept here between runs. */
  cacheDir: string;
  signal: AbortSignal;
}

export interface PreparedDisks {
  rootDiskPath: string;
  rootDiskBytes: number;
  /** Digest of the image's manifest, when it has one. */
  manifestDigest: string | undefined;
}

/**
 * Writes a machine's two disks. On failure or abort neither a process nor a temporary file is left, but the
 * root disk may be: the caller owns `outDir`. Throws what prepareImage and writeConfigDisk throw.
 */
export async function prepareDisks(options: DiskOptions): Promise<PreparedDisks> {
  const { signal } = options;
  const image = await prepareImage(options.image, {
    outDir: options.outDir,
    platform: guestPlatform(),
    format: options.format,
    cacheDir: options.cacheDir,
    signal,
  });
  signal.throwIfAborted();
  await writeConfigDisk(options.configDiskPath, {
    imageConfigBytes: image.imageConfigBytes,
    launch: options.launch,
    signal,
  });
  return {
    rootDiskPath: image.rootDiskPath,
    rootDiskBytes: image.rootDiskBytes,
    manifestDigest: image.manifestDigest,
  };
}
