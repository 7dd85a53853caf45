import { writeConfigDisk } from '../../image/config-disk.ts';
import { guestPlatform } from '../../image/platform.ts';
import { type PrepareProgress, prepareImage } from '../../image/prepare-image.ts';
import type { ImageConfig } from '../../protocol/image-config.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { VerityConfig } from '../../protocol/verity.ts';
import type { RootFormat } from '../launch/launch-config.ts';
import type { ContainerFiles } from './container-files.ts';
import type { OnProgress, Progress } from './progress.ts';

export interface DiskOptions {
  /** An image in any form that `prepareImage` reads. */
  image: string;
  /** The image is a directory that is the root file system as it is. */
  isRootDirectory: boolean;
  format: RootFormat;
  /** Whether the root disk carries a hash tree; the launch config is then told of it. */
  verity: boolean;
  /** Gets the root disk, which may share its bytes with the cache; made when missing. */
  outDir: string;
  configDiskPath: string;
  launch: LaunchConfigInput;
  /** What else the config disk holds. */
  container: ContainerFiles & { runtimeConfigBytes: Buffer | undefined };
  /** Root disks of images are kept here between runs. */
  cacheDir: string;
  signal: AbortSignal;
  onProgress?: OnProgress;
}

export interface PreparedDisks {
  rootDiskPath: string;
  rootDiskBytes: number;
  /** What the root disk is verified by, if that was asked for. */
  verity: VerityConfig | undefined;
  imageConfig: ImageConfig;
  /** Digest of the image's manifest, when it has one. */
  manifestDigest: string | undefined;
}

/**
 * Writes a machine's two disks. On failure or abort neither a process nor a temporary file is left, but the
 * root disk may be: the caller owns `outDir`. Throws what prepareImage and writeConfigDisk throw.
 */
export async function prepareDisks(options: DiskOptions): Promise<PreparedDisks> {
  const { signal, onProgress } = options;
  const image = await prepareImage(options.image, {
    outDir: options.outDir,
    platform: guestPlatform(),
    isRootDirectory: options.isRootDirectory,
    format: options.format,
    verity: options.verity,
    cacheDir: options.cacheDir,
    signal,
    ...(onProgress === undefined ? {} : { onProgress: (progress) => onProgress(translate(progress)) }),
  });
  signal.throwIfAborted();
  onProgress?.({ step: 'write config disk' });
  await writeConfigDisk(options.configDiskPath, {
    imageConfigBytes: image.imageConfigBytes,
    launch: withVerity(options.launch, image.verity),
    ...options.container,
    signal,
  });
  return {
    rootDiskPath: image.rootDiskPath,
    rootDiskBytes: image.rootDiskBytes,
    verity: image.verity,
    imageConfig: image.imageConfig,
    manifestDigest: image.manifestDigest,
  };
}

function withVerity(launch: LaunchConfigInput, verity: VerityConfig | undefined): LaunchConfigInput {
  return verity === undefined ? launch : { ...launch, root: { ...launch.root, verity } };
}

function translate({ step, ...bytes }: PrepareProgress): Progress {
  return { step: step === 'verify layers' ? 'read image' : step, ...bytes };
}
