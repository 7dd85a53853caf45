import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { FirstbornError } from '../protocol/errors.ts';
import type { ContainerImage } from './container-image.ts';
import { maxEntries, maxExpandedBytes, maxManifestBytes } from './image-limits.ts';
import { findImage, type ImageReference } from './image-reference.ts';
import { loadDockerImage } from './oci/docker-image.ts';
import { loadOciImage } from './oci/oci-image.ts';
import { DockerArchiveManifest } from './oci/schemas.ts';
import type { Platform } from './platform.ts';
import { rootFilesystemImage } from './root-filesystem.ts';
import { type Compression, decompress, detectCompression } from './source/compression.ts';
import { directoryLayer } from './source/directory-layer.ts';
import { type FileRange, readRange, readStart, streamRange, wholeFile } from './source/file-range.ts';
import { archiveFiles, directoryFiles, type ImageFiles } from './source/image-files.ts';
import { storedLayer } from './source/image-layer.ts';
import type { TemporaryFiles } from './source/temporary-files.ts';
import { ChunkSource } from '../protocol/tar/byte-source.ts';
import { decodeTarHeader, tarBlockBytes } from '../protocol/tar/tar-header.ts';
import { TarReader } from '../protocol/tar/tar-reader.ts';

/**
 * Finds out by content what an image is and loads its manifest and config: an OCI layout directory or archive,
 * a `docker save` archive, a root file system directory or tar, archives possibly compressed with gzip or zstd.
 * A compressed OCI or Docker archive is decompressed into `temporary`. Throws FirstbornError `image`.
 */
export async function loadImage(
  text: string,
  platform: Platform,
  temporary: TemporaryFiles,
  signal?: AbortSignal,
): Promise<ContainerImage> {
  const found = await findImage(text);
  return found.kind === 'directory'
    ? loadDirectory(found, platform)
    : loadArchive(found, platform, temporary, signal);
}

async function loadDirectory(found: ImageReference, platform: Platform): Promise<ContainerImage> {
  const image = await loadFromFiles(directoryFiles(found.path), platform, found.reference);
  if (image !== undefined) return image;
  if ((await namesIn(found.path)).length === 0) {
    throw new FirstbornError('image', `Cannot use directory "${found.path}" as an image: it is empty`);
  }
  return rootFilesystemImage(directoryLayer(found.path), platform, found);
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    throw new FirstbornError('image', `Cannot read directory "${path}"`, { cause });
  }
}

async function loadArchive(
  found: ImageReference,
  platform: Platform,
  temporary: TemporaryFiles,
  signal: AbortSignal | undefined,
): Promise<ContainerImage> {
  const range = await wholeFile(found.path);
  const what = `"${found.path}"`;
  const compression = detectCompression(await readStart(range, 6), what);
  await checkIsTar(range, compression, what, signal);
  if (compression === 'none' || (await mayHoldImage(range, compression, what, signal))) {
    const plain = compression === 'none' ? range : await spool(range, compression, what, temporary, signal);
    const image = await loadFromFiles(await archiveFiles(found.path, plain), platform, found.reference);
    if (image !== undefined) return image;
  }
  const layer = storedLayer({ name: `archive ${what}`, range, hasWhiteouts: false });
  return rootFilesystemImage(layer, platform, found);
}

/** The image that the files make, or `undefined` when they make none. */
async function loadFromFiles(
  files: ImageFiles,
  platform: Platform,
  reference: string | undefined,
): Promise<ContainerImage | undefined> {
  if ((await files.find('oci-layout')) !== undefined && (await files.find('index.json')) !== undefined) {
    return loadOciImage(files, platform, reference);
  }
  const range = await files.find('manifest.json');
  if (range === undefined || range.lengthBytes > maxManifestBytes) return undefined;
  const manifest = parseDockerManifest(await readRange(range, maxManifestBytes, 'manifest.json'));
  return manifest === undefined ? undefined : loadDockerImage(files, manifest, platform, reference);
}

/** A root file system may well have a manifest.json of its own, so anything else is no error here. */
function parseDockerManifest(bytes: Buffer): DockerArchiveManifest | undefined {
  try {
    const result = DockerArchiveManifest.safeParse(JSON.parse(bytes.toString('utf8')));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

async function checkIsTar(
  range: FileRange,
  compression: Compression,
  what: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = new ChunkSource(plainStream(range, compression, what, signal));
  try {
    const block = await source.read(tarBlockBytes);
    if (block.length === tarBlockBytes && decodeTarHeader(block).state === 'header') return;
  } finally {
    await source.close();
  }
  throw new FirstbornError(
    'image',
    `Cannot use ${what} as an image: it is no OCI archive, no "docker save" archive and no root file system tar`,
  );
}

/** Whether a compressed archive has the files by which an image is known. Reads it once, keeps nothing. */
async function mayHoldImage(
  range: FileRange,
  compression: Compression,
  what: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const names = new Set<string>();
  const source = new ChunkSource(plainStream(range, compression, what, signal));
  try {
    const reader = new TarReader(source, { archive: what });
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      const name = entry.name.replace(/^(?:\.?\/)+/, '');
      if (name === 'oci-layout' || name === 'index.json' || name === 'manifest.json') names.add(name);
      if (entry.index >= maxEntries) break;
    }
  } finally {
    await source.close();
  }
  return names.has('manifest.json') || names.size === 2;
}

function plainStream(
  range: FileRange,
  compression: Compression,
  what: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  return decompress(streamRange(range, signal), compression, what, maxExpandedBytes(range.lengthBytes));
}

async function spool(
  range: FileRange,
  compression: Compression,
  what: string,
  temporary: TemporaryFiles,
  signal: AbortSignal | undefined,
): Promise<FileRange> {
  const path = temporary.path('.tar');
  try {
    await pipeline(plainStream(range, compression, what, signal), createWriteStream(path));
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof FirstbornError) throw cause;
    throw new FirstbornError('host', `Cannot write what ${what} decompresses to into "${path}"`, { cause });
  }
  return wholeFile(path);
}
