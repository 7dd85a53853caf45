import { stat } from 'node:fs/promises';
import { FirstbornError } from '../protocol/errors.ts';
import type { ContainerImage } from './container-image.ts';
import { parseImageConfig } from './container-image.ts';
import type { ImageReference } from './image-reference.ts';
import type { MergedTree, TreeNode } from './merge/merged-tree.ts';
import type { Platform } from './platform.ts';
import { directoryLayer } from './source/directory-layer.ts';
import type { ImageLayer } from './source/image-layer.ts';

/**
 * An image around a bare root file system. It has no config of its own, so one is made up: the wanted platform,
 * `/bin/sh` as command, and nothing else. There is nothing to verify and nothing to know it again by, so it is
 * never cached.
 */
export function rootFilesystemImage(
  layer: ImageLayer,
  platform: Platform,
  found: ImageReference,
): ContainerImage {
  if (found.reference !== undefined) {
    throw new FirstbornError(
      'image',
      `Cannot find "${found.reference}" in "${found.path}": it is a root file system, which has no tags`,
    );
  }
  const configBytes = Buffer.from(
    JSON.stringify({
      architecture: platform.architecture,
      os: platform.os,
      ...(platform.variant === undefined ? {} : { variant: platform.variant }),
      config: { Cmd: ['/bin/sh'] },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  return {
    configBytes,
    config: parseImageConfig(configBytes, 'the image config'),
    manifestDigest: undefined,
    cacheIdentity: undefined,
    layers: [layer],
  };
}

/**
 * A directory that is known to be a root file system, whatever is in it. It has no config of its own either. Throws
 * FirstbornError `image` for what is no directory.
 */
export async function rootDirectoryImage(path: string, platform: Platform): Promise<ContainerImage> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw new FirstbornError('image', `Cannot read the root file system "${path}"`, { cause });
  });
  if (!stats.isDirectory()) {
    throw new FirstbornError('image', `Cannot use "${path}" as a root file system: it is no directory`);
  }
  return rootFilesystemImage(directoryLayer(path), platform, {
    path,
    kind: 'directory',
    reference: undefined,
  });
}

/**
 * A tar or directory without a single executable file is something else that was named by mistake. Throws
 * FirstbornError `image`.
 */
export function checkIsRootFilesystem(tree: MergedTree, layer: ImageLayer): void {
  if (hasExecutable(tree.root)) return;
  throw new FirstbornError(
    'image',
    `Cannot use ${layer.name} as an image: it is no OCI image, no "docker save" archive, and as a root file system it has no executable file`,
  );
}

function hasExecutable(node: TreeNode): boolean {
  if (node.inode.type === 'file') return (node.inode.mode & 0o111) !== 0;
  return node.children.values().some(hasExecutable);
}
