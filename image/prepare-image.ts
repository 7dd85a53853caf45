import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstbornError } from '../protocol/errors.ts';
import type { ImageConfig } from '../protocol/image-config.ts';
import type { VerityConfig } from '../protocol/verity.ts';
import type { ContainerImage } from './container-image.ts';
import { cacheFileName, putIntoCache, takeFromCache } from './disk-cache.ts';
import { type SquashfsCompression, SquashfsWriter } from './disk/squashfs-writer.ts';
import { ErofsWriter } from './erofs/erofs-writer.ts';
import { loadImage } from './load-image.ts';
import { emitTree } from './merge/emit-tree.ts';
import { scanLayers } from './merge/scan-layers.ts';
import type { Platform } from './platform.ts';
import type { RootDiskWriter } from './root-entry.ts';
import { checkIsRootFilesystem, rootDirectoryImage } from './root-filesystem.ts';
import { TemporaryFiles } from './source/temporary-files.ts';
import {
  putVerifiedIntoCache,
  takeVerifiedFromCache,
  type VerifiedDiskPaths,
} from './verity/cached-hash-tree.ts';
import { appendHashTree } from './verity/verified-disk.ts';

export interface PrepareProgress {
  step: 'verify layers' | 'write root disk' | 'hash root disk';
  /** Bytes that this step has read: of the layers as they are stored, or of the disk, which is hashed twice. */
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
  /** Whether the disk carries a dm-verity hash tree of itself; it does not when absent. */
  verity?: boolean;
  /** The path is a directory that is the root file system as it is, even where it looks like an image. */
  isRootDirectory?: boolean;
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
  /** What the disk is verified by, if that was asked for. */
  verity?: VerityConfig;
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
    const image =
      options.isRootDirectory === true
        ? await rootDirectoryImage(imagePath, options.platform)
        : await loadImage(imagePath, options.platform, temporary, options.signal);
    const diskPath = temporary.path(`.${options.format}`);
    const verity =
      options.verity === true
        ? await makeVerifiedDisk(image, { disk: diskPath, note: temporary.path('.json') }, options)
        : await makeDisk(image, diskPath, options);
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
      ...(verity === undefined ? {} : { verity }),
    };
  } catch (error) {
    await temporary.disposeAll();
    // A program that was killed on request reports that it was killed; the request is the reason.
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** Where the disk is kept between runs, if it is. */
function cachePlace(
  { cacheIdentity }: ContainerImage,
  { cacheDir, format, compression, verity }: PrepareImageOptions,
): { dir: string; name: string } | undefined {
  if (cacheDir === undefined || cacheIdentity === undefined) return undefined;
  const how = format === 'erofs' ? 'none' : (compression ?? 'zstd');
  return {
    dir: cacheDir,
    name: cacheFileName(cacheIdentity, format, verity === true ? `${how}-verity` : how),
  };
}

/** Takes the disk from the cache or writes it, and keeps it for the next time. */
async function makeDisk(
  image: ContainerImage,
  path: string,
  options: PrepareImageOptions,
): Promise<undefined> {
  const cache = cachePlace(image, options);
  if (cache !== undefined && (await takeFromCache(cache.dir, cache.name, path))) return undefined;
  await writeDisk(image, path, options);
  if (cache !== undefined) await putIntoCache(cache.dir, cache.name, path);
  return undefined;
}

/** The same for a disk with a hash tree, which is another disk to the cache. */
async function makeVerifiedDisk(
  image: ContainerImage,
  paths: VerifiedDiskPaths,
  options: PrepareImageOptions,
): Promise<VerityConfig> {
  const cache = cachePlace(image, options);
  const cached = cache && (await takeVerifiedFromCache(cache.dir, cache.name, paths));
  if (cached !== undefined) return cached;
  await writeDisk(image, paths.disk, options);
  const verity = await hashDisk(paths.disk, options);
  if (cache !== undefined) await putVerifiedIntoCache(cache.dir, cache.name, paths, verity);
  return verity;
}

async function hashDisk(path: string, { signal, onProgress }: PrepareImageOptions): Promise<VerityConfig> {
  const totalBytes = 2 * (await stat(path)).size;
  let doneBytes = 0;
  const onBytes = (lengthBytes: number): void => {
    doneBytes += lengthBytes;
    onProgress?.({ step: 'hash root disk', doneBytes, totalBytes });
  };
  return await appendHashTree(path, { signal, onBytes });
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
