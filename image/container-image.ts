import { FirstbornError } from '../protocol/errors.ts';
import { ImageConfig } from '../protocol/image-config.ts';
import { parseJsonWith } from '../protocol/parse.ts';
import type { ImageLayer } from './source/image-layer.ts';

/** An image that has been found and understood; its layers have not been read yet. */
export interface ContainerImage {
  /** The image config as it is stored: the guest gets these bytes. */
  readonly configBytes: Buffer;
  readonly config: ImageConfig;
  /** Digest of the manifest, where the image has one. */
  readonly manifestDigest: string | undefined;
  /** Names the content of the root file system for the cache; `undefined` when nothing identifies it. */
  readonly cacheIdentity: string | undefined;
  /** Lowest first. */
  readonly layers: readonly ImageLayer[];
}

/** Parses an image config. `what` names it: `image config "sha256:…"`. */
export function parseImageConfig(bytes: Buffer, what: string): ImageConfig {
  return parseJsonWith(ImageConfig, bytes.toString('utf8'), what, 'image');
}

/** The config's diff ids, checked against the number of layers. */
export function diffIdsOf(config: ImageConfig, layerCount: number, what: string): string[] {
  const diffIds = config.rootfs?.diff_ids ?? [];
  if (diffIds.length !== layerCount) {
    throw new FirstbornError(
      'image',
      `Cannot accept ${what}: it lists ${diffIds.length} diff ids for ${layerCount} layers`,
    );
  }
  return diffIds;
}
