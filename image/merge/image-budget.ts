import { FirstbornError } from '../../protocol/errors.ts';
import { maxContentBytes, maxEntries, maxExpandedBytes, maxMetadataBytes } from '../image-limits.ts';
import type { ImageLayer } from '../source/image-layer.ts';
import type { TarEntry } from '../../protocol/tar/tar-entry.ts';

/** How much the entries of an image may take, all layers together. */
export interface ImageBounds {
  entries: number;
  /** Names, link targets and extended attributes. */
  metadataBytes: number;
  /** Of files, with their holes. */
  contentBytes: number;
}

/**
 * The bounds for images. Sparse files have content that costs no stored bytes, so it is bounded as decompression
 * is where the stored bytes are known.
 */
function boundsFor(layers: readonly ImageLayer[]): ImageBounds {
  let storedBytes = 0;
  for (const layer of layers) storedBytes += layer.storedBytes ?? Number.POSITIVE_INFINITY;
  return {
    entries: maxEntries,
    metadataBytes: maxMetadataBytes,
    contentBytes: Math.min(maxContentBytes, maxExpandedBytes(storedBytes)),
  };
}

/** Counts what the entries of an image take while it is scanned. */
export class ImageBudget {
  readonly #bounds: ImageBounds;
  readonly #used: ImageBounds = { entries: 0, metadataBytes: 0, contentBytes: 0 };

  constructor(layers: readonly ImageLayer[], bounds: ImageBounds = boundsFor(layers)) {
    this.#bounds = bounds;
  }

  /** Throws FirstbornError `image` when the entry is too much. */
  spend(entry: TarEntry, layer: ImageLayer): void {
    const used = this.#used;
    used.entries++;
    used.metadataBytes += metadataBytesOf(entry);
    used.contentBytes += entry.sizeBytes;
    const { entries, metadataBytes, contentBytes } = this.#bounds;
    let excess: string | undefined;
    if (used.entries > entries) excess = `the image has more than ${entries} entries`;
    else if (used.metadataBytes > metadataBytes)
      excess = `the names and attributes of the image have more than ${metadataBytes} bytes`;
    else if (used.contentBytes > contentBytes)
      excess = `the files of the image have more than ${contentBytes} bytes`;
    if (excess === undefined) return;
    throw new FirstbornError(
      'image',
      `Cannot accept entry ${JSON.stringify(entry.name)} of ${layer.name}: ${excess}`,
    );
  }
}

function metadataBytesOf({ name, linkName, xattrs }: TarEntry): number {
  let lengthBytes = Buffer.byteLength(name) + Buffer.byteLength(linkName);
  for (const [key, value] of xattrs) lengthBytes += Buffer.byteLength(key) + value.length;
  return lengthBytes;
}
