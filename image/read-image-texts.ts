import { tmpdir } from 'node:os';
import { FirstbornError } from '../protocol/errors.ts';
import type { ImageConfig } from '../protocol/image-config.ts';
import type { ContainerImage } from './container-image.ts';
import { maxSymlinkHops } from './image-limits.ts';
import { loadImage } from './load-image.ts';
import type { Inode, MergedTree } from './merge/merged-tree.ts';
import { readLayer, scanLayers } from './merge/scan-layers.ts';
import type { Platform } from './platform.ts';
import { checkIsRootFilesystem } from './root-filesystem.ts';
import type { LayerReadOptions } from './source/image-layer.ts';
import { TemporaryFiles } from './source/temporary-files.ts';

export interface ReadImageOptions {
  platform: Platform;
  /** No file may be longer. */
  maxBytes: number;
  /** Ends the work early; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface ImageTexts {
  config: ImageConfig;
  /** By the path that was asked for; those that the image has as a file. */
  texts: ReadonlyMap<string, string>;
}

/**
 * Reads an image's config and a few of its files without making a disk of it: as many passes over the layers as making one
 * takes. Paths are absolute, and links are followed as in the running container. Throws as prepareImage does, and a
 * FirstbornError of code `image` for a file that is too long.
 */
export async function readImageTexts(
  imagePath: string,
  paths: readonly string[],
  options: ReadImageOptions,
): Promise<ImageTexts> {
  const temporary = await TemporaryFiles.in(tmpdir());
  try {
    const image = await loadImage(imagePath, options.platform, temporary, options.signal);
    const texts = await readTexts(image, paths, options);
    return { config: image.config, texts };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    await temporary.dispose();
  }
}

async function readTexts(
  image: ContainerImage,
  paths: readonly string[],
  { signal, maxBytes }: ReadImageOptions,
): Promise<Map<string, string>> {
  const tree = await scanLayers(image.layers, { signal });
  const [first] = image.layers;
  if (first?.hasWhiteouts === false) checkIsRootFilesystem(tree, first);
  const texts = new Map<string, string>();
  for (const path of paths) {
    const inode = findFile(tree, path);
    if (inode === undefined) continue;
    if (inode.sizeBytes > maxBytes) {
      throw new FirstbornError(
        'image',
        `Cannot read "${path}" in the image: it has ${inode.sizeBytes} bytes, at most ${maxBytes} are read`,
      );
    }
    texts.set(path, inode.sizeBytes === 0 ? '' : await readContent(image, inode, { signal }));
  }
  return texts;
}

/** The file that a path leads to; `undefined` where there is none, or something else. */
function findFile(tree: MergedTree, path: string): Inode | undefined {
  let names = path.split('/');
  for (let hops = 0; hops <= maxSymlinkHops; hops += 1) {
    const inode = tree.find(names)?.inode;
    if (inode?.type !== 'symlink') return inode?.type === 'file' ? inode : undefined;
    const target = (inode.linkTarget ?? '').split('/');
    names = target[0] === '' ? target : [...names.slice(0, -1), ...target];
  }
  return undefined;
}

async function readContent(image: ContainerImage, inode: Inode, options: LayerReadOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  const layer = image.layers[inode.layer];
  if (layer !== undefined) {
    await readLayer(layer, 'again', options, async (entry) => {
      if (entry.index === inode.index) for await (const chunk of entry.content()) chunks.push(chunk);
    });
  }
  return Buffer.concat(chunks).toString('utf8');
}
