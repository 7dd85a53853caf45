import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstbornError } from '../protocol/errors.ts';
import type { ImageConfig } from '../protocol/image-config.ts';
import type { ContainerImage } from './container-image.ts';
import { cacheFileName, putIntoCache, takeFromCache } from './disk-cache.ts';
import { type SquashfsCompression, SquashfsWriter } from './disk/squashfs-writer.ts';
import { ErofsWriter } from './erofs/erofs-writer.ts';
import { loadImage } from './load-image.ts';
import { emitTree } from './merge/emit-tree.ts';
import { scanLayers } from './merge/scan-layers.ts';
import type { Platform } from './platform.ts';
import type { RootDiskWriter } from './root-entry.ts';
import { checkIsRootFilesystem } from './root-filesystem.ts';
import { TemporaryFiles } from './source/temporary-files.ts';

export interface PrepareProgress {
  step: 'verify layers' | 'write root disk';
  /** Stored bytes of the layers that this step has read. */
  doneBytes: number;
  /** Absent where it is not known beforehand. */
  totalBytes?: number;
}

export interface PrepareImageOptions {
  /** Created when missing. Gets the root disk; other files in it stay as they are. */
  outDir: string;
  platform: Platform;
  format: 'squashfs' | 'erofs';
  /** Of a squashfs; zstd when absent. EROFS disks are written uncompressed. */
  compression?: SquashfsCompression;
  /** Keeps the root disks of OCI and Docker images for the next time. */
  cacheDir?: string;
  /** Ends the work early; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?: (progress: PrepareProgress) => void;
}

export interface PreparedImage {
  /** `root.squashfs` or `root.erofs` in the output directory. May share its bytes with the cache: read only. */
  rootDiskPath: string;
  format: 'squashfs' | 'erofs';
  /** As stored in the image; made up for a bare root file system. */
  imageConfigBytes: Buffer;
  imageConfig: ImageConfig;
  /** Absent for `docker save` archives and bare root file systems. */
  manifestDigest?: string;
  /** A multiple of 4096. */
  rootDiskBytes: number;
}

/**
 * Turns an image into the root disk of a guest. `imagePath` names an OCI layout directory or archive, a `docker
 * save` archive, a root file system directory or tar, with `:TAG` or `@DIGEST` behind it where there are
 * several. Everything that has a digest is verified. The same image gives the same bytes, always.
 *
 * Throws FirstbornError `image` for a bad image, `host` for a missing program or a failing file system, `usage`
 * for options that make no sense. After a failure nothing is left behind.
 */
export async function prepareImage(imagePath: string, options: PrepareImageOptions): Promise<PreparedImage> {
  if (options.format === 'erofs' && options.compression !== undefined) {
    throw new FirstbornError('usage', `Cannot compress an EROFS root disk with "${options.compression}"`);
  }
  options.signal?.throwIfAborted();
  const temporary = await TemporaryFiles.in(options.outDir);
  try {
    const image = await loadImage(imagePath, options.platform, temporary, options.signal);
    const diskPath = temporary.path(`.${options.format}`);
    await makeDisk(image, diskPath, options);
    options.signal?.throwIfAborted();
    const rootDiskPath = join(options.outDir, `root.${options.format}`);
    await temporary.keep(diskPath, rootDiskPath);
    await temporary.dispose();
    return {
      rootDiskPath,
      format: options.format,
      imageConfigBytes: image.configBytes,
      imageConfig: image.config,
      ...(image.manifestDigest === undefined ? {} : { manifestDigest: image.manifestDigest }),
      rootDiskBytes: (await stat(rootDiskPath)).size,
    };
  } catch (error) {
    await temporary.disposeAll();
    // A program that was killed on request reports that it was killed; the request is the reason.
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** Takes the disk from the cache or writes it, and keeps it for the next time. */
async function makeDisk(
  image: ContainerImage,
  diskPath: string,
  options: PrepareImageOptions,
): Promise<void> {
  const { cacheDir, format } = options;
  const { cacheIdentity } = image;
  if (cacheDir === undefined || cacheIdentity === undefined) {
    await writeDisk(image, diskPath, options);
    return;
  }
  const compression = format === 'erofs' ? 'none' : (options.compression ?? 'zstd');
  const name = cacheFileName(cacheIdentity, format, compression);
  if (await takeFromCache(cacheDir, name, diskPath)) return;
  await writeDisk(image, diskPath, options);
  await putIntoCache(cacheDir, name, diskPath);
}

async function writeDisk(
  image: ContainerImage,
  diskPath: string,
  options: PrepareImageOptions,
): Promise<void> {
  const { signal } = options;
  const report = progressReporter(image, options);
  const tree = await scanLayers(image.layers, { signal, onBytes: report('verify layers') });
  const [first] = image.layers;
  if (first?.hasWhiteouts === false) checkIsRootFilesystem(tree, first);
  const writer = diskWriter(diskPath, options);
  try {
    await emitTree(tree, image.layers, writer, { signal, onBytes: report('write root disk') });
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function diskWriter(diskPath: string, options: PrepareImageOptions): RootDiskWriter {
  return options.format === 'erofs'
    ? new ErofsWriter(diskPath)
    : new SquashfsWriter(diskPath, options.compression ?? 'zstd', options.signal);
}

function progressReporter(image: ContainerImage, { onProgress }: PrepareImageOptions) {
  let totalBytes: number | undefined = 0;
  for (const layer of image.layers) {
    totalBytes =
      totalBytes === undefined || layer.storedBytes === undefined
        ? undefined
        : totalBytes + layer.storedBytes;
  }
  return (step: PrepareProgress['step']) => {
    let doneBytes = 0;
    return (lengthBytes: number) => {
      doneBytes += lengthBytes;
      onProgress?.({ step, doneBytes, ...(totalBytes === undefined ? {} : { totalBytes }) });
    };
  };
}
