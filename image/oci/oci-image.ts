import { FirstbornError } from '../../protocol/errors.ts';
import { maxConfigFileBytes } from '../../protocol/limits.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import { type ContainerImage, diffIdsOf, parseImageConfig } from '../container-image.ts';
import { maxManifestBytes } from '../image-limits.ts';
import type { Platform } from '../platform.ts';
import type { ImageFiles } from '../source/image-files.ts';
import { type ImageLayer, storedLayer } from '../source/image-layer.ts';
import { findBlob, readBlob, readImageFile } from './blobs.ts';
import { readManifest } from './candidates.ts';
import { checkPlatform } from './check-platform.ts';
import { configMediaTypes, type Descriptor, ImageIndex, layerMediaTypes, OciLayout } from './schemas.ts';
import { selectManifest } from './select-manifest.ts';

/**
 * Loads an image from an OCI image layout (image-layout.md), directory or archive alike. Manifest and config
 * are verified here, layers when they are read. Throws FirstbornError `image`.
 */
export async function loadOciImage(
  files: ImageFiles,
  platform: Platform,
  reference: string | undefined,
): Promise<ContainerImage> {
  const layout = await readImageFile(files, 'oci-layout', maxConfigFileBytes);
  parseJsonWith(OciLayout, layout.toString('utf8'), `"oci-layout" in "${files.path}"`, 'image');
  const indexBytes = await readImageFile(files, 'index.json', maxManifestBytes);
  const index = parseJsonWith(
    ImageIndex,
    indexBytes.toString('utf8'),
    `"index.json" in "${files.path}"`,
    'image',
  );
  const descriptor = await selectManifest(files, index.manifests ?? [], platform, reference);
  const manifest = await readManifest(files, descriptor);
  const what = `image config "${manifest.config.digest}"`;
  if (!configMediaTypes.has(manifest.config.mediaType)) {
    throw new FirstbornError(
      'image',
      `Cannot accept ${what}: unknown media type "${manifest.config.mediaType}"`,
    );
  }
  const configBytes = await readBlob(files, manifest.config, maxConfigFileBytes, what);
  const config = parseImageConfig(configBytes, what);
  checkPlatform(config, platform, files.path);
  const diffIds = diffIdsOf(config, manifest.layers.length, what);
  return {
    configBytes,
    config,
    manifestDigest: descriptor.digest,
    cacheIdentity: descriptor.digest.replace(':', '-'),
    layers: await Promise.all(
      manifest.layers.map((layer, number) => loadLayer(files, layer, diffIds[number])),
    ),
  };
}

async function loadLayer(
  files: ImageFiles,
  descriptor: Descriptor,
  diffId: string | undefined,
): Promise<ImageLayer> {
  const name = `layer "${descriptor.digest}"`;
  if (!layerMediaTypes.has(descriptor.mediaType)) {
    throw new FirstbornError('image', `Cannot accept ${name}: unknown media type "${descriptor.mediaType}"`);
  }
  const range = await findBlob(files, descriptor, name);
  return storedLayer({ name, range, digest: descriptor.digest, diffId, hasWhiteouts: true });
}
