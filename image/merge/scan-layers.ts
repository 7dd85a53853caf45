import { FirstbornError } from '../../protocol/errors.ts';
import type { ImageLayer, LayerReadOptions } from '../source/image-layer.ts';
import { ChunkSource } from '../../protocol/tar/byte-source.ts';
import type { TarEntry } from '../../protocol/tar/tar-entry.ts';
import { TarReader } from '../../protocol/tar/tar-reader.ts';
import { applyEntry } from './apply-entry.ts';
import { ImageBudget } from './image-budget.ts';
import { MergedTree } from './merged-tree.ts';

/** Reads a layer from its first entry to its last byte, so that its digests are checked. */
export async function readLayer(
  layer: ImageLayer,
  pass: 'first' | 'again',
  options: LayerReadOptions,
  visit: (entry: TarEntry) => Promise<void> | void,
): Promise<void> {
  const source = new ChunkSource(layer.open(pass, options));
  try {
    const reader = new TarReader(source, { archive: layer.name, requireEndMarker: layer.requireEndMarker });
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next())
      await visit(entry);
    // Whatever follows the end marker counts for the digests all the same.
    await source.skip(Number.POSITIVE_INFINITY);
  } finally {
    await source.close();
  }
}

/**
 * The first pass: reads the headers of all layers, lowest first, verifies every digest and returns the tree
 * that results. Content is hashed and passed over. Throws FirstbornError `image` that names layer and entry.
 */
export async function scanLayers(
  layers: readonly ImageLayer[],
  options: LayerReadOptions = {},
): Promise<MergedTree> {
  const tree = new MergedTree();
  const budget = new ImageBudget(layers);
  for (const [number, layer] of layers.entries()) {
    try {
      await readLayer(layer, 'first', options, (entry) => {
        budget.spend(entry, layer);
        visitEntry(tree, entry, number, layer);
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      // Damage shows as a broken archive first; the digest is the better explanation where it is wrong.
      await layer.verifyStored({ signal: options.signal });
      throw error;
    }
  }
  return tree;
}

function visitEntry(tree: MergedTree, entry: TarEntry, number: number, layer: ImageLayer): void {
  try {
    applyEntry(tree, entry, number, layer.hasWhiteouts);
  } catch (error) {
    if (!(error instanceof FirstbornError)) throw error;
    throw new FirstbornError(
      'image',
      `Cannot accept entry ${JSON.stringify(entry.name)} of ${layer.name}: ${error.message}`,
    );
  }
}
