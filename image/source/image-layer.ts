import { FirstbornError } from '../../protocol/errors.ts';
import { maxExpandedBytes } from '../image-limits.ts';
import { type Compression, decompress, detectCompression } from './compression.ts';
import { digestPattern, verifyingStream } from './digest.ts';
import { type FileRange, readStart, streamRange } from './file-range.ts';

export interface LayerReadOptions {
  /** Ends the stream with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Told about stored bytes as they are read. */
  onBytes?: ((lengthBytes: number) => void) | undefined;
}

/** One layer of a root file system: a tar stream that can be read more than once. */
export interface ImageLayer {
  /** Names the layer in messages: `layer "sha256:…"`. */
  readonly name: string;
  /** Bytes as stored, where that is known beforehand. */
  readonly storedBytes: number | undefined;
  /** Whether `.wh.` names delete (a layer) or are ordinary names (a root file system). */
  readonly hasWhiteouts: boolean;
  /** Whether nothing but the end marker tells a whole stream from one that was cut. */
  readonly requireEndMarker: boolean;
  /**
   * The uncompressed tar. With `first` also the digest of the stored bytes is checked; the diff id is always,
   * after the last byte.
   */
  open(pass: 'first' | 'again', options: LayerReadOptions): AsyncGenerator<Buffer>;
  /** Checks the stored bytes alone, to tell damage from nonsense after a failure. */
  verifyStored(options: LayerReadOptions): Promise<void>;
}

export interface StoredLayer {
  name: string;
  range: FileRange;
  /** Of the stored bytes. */
  digest?: string | undefined;
  /** Of the uncompressed tar. */
  diffId?: string | undefined;
  hasWhiteouts: boolean;
}

/** A layer that is kept as a file or as part of one, compressed or not. */
export function storedLayer(layer: StoredLayer): ImageLayer {
  const { name, range, digest, diffId } = layer;
  if (diffId !== undefined && !digestPattern.test(diffId)) {
    throw new FirstbornError('image', `Cannot accept ${name}: "${diffId}" is no sha256 or sha512 digest`);
  }
  let compression: Compression | undefined;

  async function* readStored(options: LayerReadOptions): AsyncGenerator<Buffer> {
    for await (const chunk of streamRange(range, options.signal)) {
      options.onBytes?.(chunk.length);
      yield chunk;
    }
  }

  return {
    name,
    storedBytes: range.lengthBytes,
    hasWhiteouts: layer.hasWhiteouts,
    requireEndMarker: diffId === undefined,
    async *open(pass, options) {
      compression ??= detectCompression(await readStart(range, 6), name);
      const stored = readStored(options);
      const checked =
        pass === 'first' && digest !== undefined ? verifyingStream(stored, digest, name) : stored;
      const plain = decompress(checked, compression, name, maxExpandedBytes(range.lengthBytes));
      yield* diffId === undefined ? plain : verifyingStream(plain, diffId, `the content of ${name}`);
    },
    async verifyStored(options) {
      if (digest === undefined) return;
      for await (const _ of verifyingStream(readStored(options), digest, name))
        options.signal?.throwIfAborted();
    },
  };
}
