import { FirstbornError } from '../../protocol/errors.ts';
import type { ImageConfig } from '../../protocol/image-config.ts';
import { formatPlatform, type Platform, platformFitness } from '../platform.ts';

/**
 * The image config has the last word on what an image is for, whatever an index says about it. Throws
 * FirstbornError `image` that names the wanted and the found platform.
 */
export function checkPlatform(config: ImageConfig, wanted: Platform, path: string): void {
  const found: Platform = {
    os: config.os ?? 'unknown',
    architecture: config.architecture ?? 'unknown',
    ...(config.variant === undefined ? {} : { variant: config.variant }),
  };
  if (platformFitness(wanted, found) > 0) return;
  throw new FirstbornError(
    'image',
    `Cannot use the image in "${path}" for "${formatPlatform(wanted)}": it is built for "${formatPlatform(found)}"`,
  );
}
