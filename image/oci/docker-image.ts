import { FirstbornError } from '../../protocol/errors.ts';
import { maxConfigFileBytes } from '../../protocol/limits.ts';
import { type ContainerImage, diffIdsOf, parseImageConfig } from '../container-image.ts';
import type { Platform } from '../platform.ts';
import { sha256Digest, verifyDigest } from '../source/digest.ts';
import type { ImageFiles } from '../source/image-files.ts';
import { type ImageLayer, storedLayer } from '../source/image-layer.ts';
import { readImageFile } from './blobs.ts';
import { checkPlatform } from './check-platform.ts';
import { isNamedBy } from './reference-match.ts';
import type { DockerArchiveManifest } from './schemas.ts';

type DockerImage = DockerArchiveManifest[number];

/**
 * Loads an image as `docker save` writes it (moby's image/spec/v1.2, "Combined Image JSON + Filesystem
 * Changeset Format"). Config and layers carry no digests here beyond the config's name, its diff ids protect
 * the layers. Throws FirstbornError `image`.
 */
export async function loadDockerImage(
  files: ImageFiles,
  manifest: DockerArchiveManifest,
  platform: Platform,
  reference: string | undefined,
): Promise<ContainerImage> {
  const image = selectImage(files, manifest, reference);
  const what = `image config "${image.Config}"`;
  const configBytes = await readImageFile(files, image.Config, maxConfigFileBytes);
  // `<digest>.json`, or `blobs/sha256/<digest>` since Docker 25.
  const hex = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(image.Config)?.[1];
  if (hex !== undefined) verifyDigest(configBytes, `sha256:${hex}`, what);
  const config = parseImageConfig(configBytes, what);
  checkPlatform(config, platform, files.path);
  const diffIds = diffIdsOf(config, image.Layers.length, what);
  return {
    configBytes,
    config,
    manifestDigest: undefined,
    cacheIdentity: sha256Digest(configBytes).replace(':', '-'),
    layers: await Promise.all(image.Layers.map((name, number) => loadLayer(files, name, diffIds[number]))),
  };
}

async function loadLayer(files: ImageFiles, path: string, diffId: string | undefined): Promise<ImageLayer> {
  const range = await files.find(path);
  if (range === undefined)
    throw new FirstbornError('image', `Cannot find layer "${path}" in "${files.path}"`);
  return storedLayer({ name: `layer "${path}"`, range, diffId, hasWhiteouts: true });
}

function selectImage(
  files: ImageFiles,
  manifest: DockerArchiveManifest,
  reference: string | undefined,
): DockerImage {
  const wanted = manifest.filter((image) => reference === undefined || isNamed(image, reference));
  const [first] = wanted;
  const tags = manifest.flatMap((image) => image.RepoTags ?? []).map((tag) => `"${tag}"`);
  const list = tags.length === 0 ? 'none' : tags.join(', ');
  if (first === undefined) {
    throw new FirstbornError('image', `Cannot find "${reference}" in "${files.path}"; it has ${list}`);
  }
  if (new Set(wanted.map((image) => image.Config)).size > 1) {
    throw new FirstbornError(
      'image',
      `Cannot choose between the images in "${files.path}": name one of ${list} as "${files.path}:TAG"`,
    );
  }
  return first;
}

/** By one of its names, or by the config's digest. */
function isNamed(image: DockerImage, reference: string): boolean {
  if (reference.startsWith('sha256:')) return image.Config.includes(reference.slice('sha256:'.length));
  return (image.RepoTags ?? []).some((tag) => isNamedBy(tag, reference));
}
