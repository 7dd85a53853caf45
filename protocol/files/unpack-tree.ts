import type { ErrorCode } from '../errors.ts';
import { ChunkSource } from '../tar/byte-source.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { TarReader } from '../tar/tar-reader.ts';
import { type Attributes, attributesOf } from './attributes.ts';
import { Destination } from './destination.ts';
import { splitEntryName } from './entry-path.ts';
import { fileFailure } from './file-failure.ts';
import type { CopyTotals } from './pack-tree.ts';
import { PendingDirectories } from './pending-directories.ts';
import { makeOrKeepDirectory } from './replace-name.ts';
import { type Place, writeFifo, writeHardLink, writeRegularFile, writeSymlink } from './write-entry.ts';

export interface UnpackOptions {
  /** Names the archive in messages. */
  archive: string;
  /** Of the errors. */
  errorCode: ErrorCode;
  /** Give everything the owner that the archive names; needs the right to. */
  keepOwnership: boolean;
  /** Another place for an entry than its own name; throws RangeError to refuse it. */
  placeEntry?: (path: readonly string[]) => readonly string[];
  /** mkfifo(3), with a mode of no consequence. Fails with EEXIST for a name that is taken. */
  makeFifo: (directoryFd: number, name: string) => Promise<void>;
  /** Told of each device, which is then left out; without this a device is refused. */
  skipDevice?: (name: string) => void;
  /** Refuse sparse files: a few bytes of them can fill a disk. */
  refuseSparse?: boolean;
  /** Ends the work with its reason at the next entry. */
  signal?: AbortSignal;
}

/**
 * Unpacks a tar archive below a directory, as it comes in. Nothing outside of the directory is touched, whatever the
 * archive says and whoever changes the tree meanwhile: an entry whose way leads through a link or `..`
 * fails the whole. Directories that exist stay and get the entry's attributes. Anything else that has the
 * name of an entry is replaced, but not by a directory. Extended attributes are passed over: Node can't write them. What has been written
 * when it fails stays. `directoryFd` may be O_PATH and stays the caller's; the chunks are read to their end.
 */
export async function unpackTree(
  chunks: AsyncIterable<Uint8Array>,
  directoryFd: number,
  options: UnpackOptions,
): Promise<CopyTotals> {
  const { archive, errorCode } = options;
  const source = new ChunkSource(chunks);
  const unpacking = await Unpacking.open(directoryFd, options);
  try {
    const reader = new TarReader(source, { archive, errorCode, requireEndMarker: true });
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      await unpacking.add(entry);
    }
    await unpacking.finish();
    // Writers fill their last record up with zeros.
    await source.skip(Number.MAX_SAFE_INTEGER);
    return unpacking.totals;
  } finally {
    await unpacking.close();
    await source.close();
  }
}

class Unpacking {
  readonly totals: CopyTotals = { entries: 0, contentBytes: 0 };
  readonly #destination: Destination;
  /** A second walk, for the targets of hard links. */
  readonly #linkTargets: Destination;
  readonly #options: UnpackOptions;
  readonly #directories: PendingDirectories;

  private constructor(destination: Destination, linkTargets: Destination, options: UnpackOptions) {
    this.#destination = destination;
    this.#linkTargets = linkTargets;
    this.#options = options;
    this.#directories = new PendingDirectories(destination);
  }

  static async open(directoryFd: number, options: UnpackOptions): Promise<Unpacking> {
    const destination = await Destination.open(directoryFd);
    try {
      return new Unpacking(destination, await Destination.open(directoryFd), options);
    } catch (error) {
      await destination.close();
      throw error;
    }
  }

  async add(entry: TarEntry): Promise<void> {
    const { errorCode, signal } = this.#options;
    signal?.throwIfAborted();
    try {
      const path = this.#pathOf(entry.name);
      await this.#directories.leaveFor(path);
      await this.#write(entry, path);
      this.totals.entries += 1;
    } catch (error) {
      throw fileFailure(errorCode, `Cannot unpack ${JSON.stringify(entry.name)}`, error);
    }
  }

  /** To be called when all entries have been added. */
  async finish(): Promise<void> {
    try {
      await this.#directories.leaveFor(undefined);
    } catch (error) {
      throw fileFailure(this.#options.errorCode, 'Cannot finish the directories of the copy', error);
    }
  }

  async close(): Promise<void> {
    await this.#destination.close();
    await this.#linkTargets.close();
  }

  #pathOf(name: string): readonly string[] {
    const path = splitEntryName(name);
    return this.#options.placeEntry?.(path) ?? path;
  }

  async #write(entry: TarEntry, path: readonly string[]): Promise<void> {
    const { keepOwnership, makeFifo, refuseSparse } = this.#options;
    const attributes = attributesOf(entry, keepOwnership);
    switch (entry.type) {
      case 'directory':
        await this.#writeDirectory(path, attributes);
        return;
      case 'file':
        if (entry.isSparse && refuseSparse === true) throw new RangeError('it is a sparse file');
        this.totals.contentBytes += await writeRegularFile(await this.#placeOf(path), entry, attributes);
        return;
      case 'symlink':
        await writeSymlink(await this.#placeOf(path), entry, attributes);
        return;
      case 'hardlink':
        await this.#writeHardLink(path, this.#pathOf(entry.linkName));
        return;
      case 'fifo':
        await writeFifo(await this.#placeOf(path), attributes, makeFifo);
        return;
      case 'char':
      case 'block':
        if (this.#options.skipDevice === undefined) throw new RangeError('it is a device');
        this.#options.skipDevice(entry.name);
        return;
      default:
        entry.type satisfies never;
    }
  }

  async #writeDirectory(path: readonly string[], attributes: Attributes): Promise<void> {
    if (path.length > 0) {
      const { directoryFd, name } = await this.#placeOf(path);
      await makeOrKeepDirectory(directoryFd, name);
    }
    this.#directories.enter(path, attributes);
  }

  async #writeHardLink(path: readonly string[], targetPath: readonly string[]): Promise<void> {
    const name = targetPath.at(-1);
    if (name === undefined) throw new RangeError('it links the directory itself');
    const directoryFd = await this.#linkTargets.directory(targetPath.slice(0, -1), false);
    await writeHardLink(await this.#placeOf(path), { directoryFd, name });
  }

  async #placeOf(path: readonly string[]): Promise<Place> {
    const name = path.at(-1);
    if (name === undefined) throw new RangeError('it takes the place of the directory itself');
    return { directoryFd: await this.#destination.directory(path.slice(0, -1), true), name };
  }
}
