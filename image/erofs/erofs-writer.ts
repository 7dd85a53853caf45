import { FirstbornError } from '../../protocol/errors.ts';
import { encodePathBytes } from '../../protocol/path-bytes.ts';
import type { RootDiskWriter, RootEntry } from '../root-entry.ts';
import { BlockFile } from './block-file.ts';
import { writeDirectories } from './directories.ts';
import { checkEntry, entryError } from './entry-check.ts';
import { writeContent } from './file-content.ts';
import { inodeSlotBytes } from './format.ts';
import { encodeDevice, encodeInode, inodeBytes, linkCountOffset, nidAt, planData } from './inode.ts';
import { InodeArea } from './inode-area.ts';
import { encodeSuperblock, maxVolumeNameBytes } from './superblock.ts';
import { type PlacedNode, Tree } from './tree.ts';
import { parseUuid, VolumeId } from './volume-id.ts';
import { encodeXattrs } from './xattr.ts';

export interface ErofsOptions {
  /** Without one the UUID is derived from the content. */
  uuid?: string;
  /** At most 15 bytes of UTF-8. */
  volumeName?: string;
}

/** An entry that is an inode of its own and no directory. */
type PlacedEntry = RootEntry & { type: PlacedNode['type'] };

/**
 * Writes an uncompressed EROFS image that Linux 5.10 and later mount. Contents go straight into the image as
 * they come; what stays in memory are names, directories and at most 1.1 MB of blocks. The same entries in the
 * same order give the same bytes.
 *
 * Calls must not overlap. After a failed call only `abort` works. The superblock is written last, so an
 * unfinished image can't be mounted. Errors are FirstbornErrors: `image` for bad entries, `host` when the file
 * can't be written, `usage` for options and calls that make no sense.
 */
export class ErofsWriter implements RootDiskWriter {
  readonly #file: BlockFile;
  readonly #area: InodeArea;
  readonly #tree = new Tree();
  readonly #hardLinked = new Set<PlacedNode>();
  readonly #fixedUuid: Buffer | undefined;
  readonly #volumeId = new VolumeId();
  readonly #volumeName: string;
  #rootOffset = 0;
  #inodeCount = 0;
  #state: 'open' | 'busy' | 'failed' | 'finished' | 'aborted' = 'open';

  /** The file at `outPath` is created or emptied by the first `add` that fills a buffer, at last by `finish`. */
  constructor(outPath: string, options: ErofsOptions = {}) {
    this.#fixedUuid = options.uuid === undefined ? undefined : parseUuid(options.uuid);
    this.#volumeName = options.volumeName ?? '';
    if (Buffer.byteLength(this.#volumeName) > maxVolumeNameBytes) {
      throw new FirstbornError(
        'usage',
        `Cannot name a volume "${this.#volumeName}", at most ${maxVolumeNameBytes} bytes`,
      );
    }
    this.#file = new BlockFile(outPath);
    this.#area = new InodeArea(this.#file);
  }

  /** Adds one entry. `content` comes with files only, and must with those of more than 0 bytes. */
  add(entry: RootEntry, content?: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#exclusively('open', async () => {
      checkEntry(entry);
      if (content !== undefined && entry.type !== 'file') {
        throw entryError(entry.path, 'only files have content');
      }
      if (this.#fixedUuid === undefined) this.#volumeId.addEntry(entry);
      if (entry.path === '') await this.#addRoot(entry);
      else if (entry.type === 'hardlink') this.#addHardLink(entry);
      else if (entry.type === 'directory') this.#addDirectory(entry);
      else await this.#addPlaced(entry as PlacedEntry, content);
    });
  }

  /** Writes directories and superblock and closes the file. Does not wait for the disk. */
  finish(): Promise<void> {
    return this.#exclusively('finished', async () => {
      const { root, directories } = this.#tree;
      if (root === undefined) {
        throw new FirstbornError('image', 'Cannot finish an image without a root directory');
      }
      await writeDirectories(directories, this.#rootOffset, this.#file, this.#area);
      for (const { nid, links } of this.#hardLinked) await this.#patchLinkCount(nid, links);
      const superblock = encodeSuperblock({
        rootNid: root.nid,
        inodeCount: this.#inodeCount,
        blockCount: this.#file.blockCount,
        uuid: this.#fixedUuid ?? this.#volumeId.finish(),
        volumeName: this.#volumeName,
      });
      await this.#file.patch(0, superblock);
      await this.#file.close();
    });
  }

  /** Closes and deletes the file, unless it is finished. Safe to call more than once. */
  async abort(): Promise<void> {
    if (this.#state === 'finished') return;
    this.#state = 'aborted';
    await this.#file.remove();
  }

  async #addRoot(entry: RootEntry): Promise<void> {
    if (entry.type !== 'directory') throw entryError('', 'the root must be a directory');
    if (this.#tree.root !== undefined) throw entryError('', 'the root has been added before');
    const xattrs = encodeXattrs('', entry.xattrs);
    await this.#file.reserveBlocks(1); // the superblock's
    this.#rootOffset = await this.#area.reserve(inodeBytes + xattrs.length);
    this.#tree.addDirectory(entry, xattrs, ++this.#inodeCount, undefined);
  }

  #addHardLink(entry: RootEntry): void {
    this.#hardLinked.add(this.#tree.addHardLink(entry.path, entry.linkTarget));
  }

  #addDirectory(entry: RootEntry): void {
    const place = this.#tree.placeFor(entry.path);
    const xattrs = encodeXattrs(entry.path, entry.xattrs);
    this.#tree.addDirectory(entry, xattrs, ++this.#inodeCount, place);
  }

  async #addPlaced(entry: PlacedEntry, content: AsyncIterable<Uint8Array> | undefined): Promise<void> {
    const place = this.#tree.placeFor(entry.path);
    const xattrs = encodeXattrs(entry.path, entry.xattrs);
    const data = await this.#writeData(entry, xattrs.length, content);
    const inode = encodeInode({
      ...entry,
      ...data,
      xattrBytes: xattrs.length,
      serial: ++this.#inodeCount,
      links: 1,
    });
    const offset = await this.#area.place(Buffer.concat([inode, xattrs, data.tail]));
    place.parent.children.set(place.name, { type: entry.type, nid: nidAt(offset), links: 1 });
  }

  /** Writes the data of an inode as far as it fills blocks; the tail is for the inode itself. */
  async #writeData(entry: PlacedEntry, xattrBytes: number, content: AsyncIterable<Uint8Array> | undefined) {
    if (entry.type === 'file') {
      const { layout, inlineBytes } = planData('file', entry.sizeBytes, xattrBytes);
      const location = entry.sizeBytes === inlineBytes ? 0 : this.#file.blockCount;
      const tail = await writeContent(entry, content, inlineBytes, this.#file, (chunk) => {
        if (this.#fixedUuid === undefined) this.#volumeId.addContent(chunk);
      });
      return { layout, location, sizeBytes: entry.sizeBytes, tail };
    }
    if (entry.type === 'symlink') {
      const target = encodePathBytes(entry.linkTarget ?? '');
      const { layout, inlineBytes } = planData('symlink', target.length, xattrBytes);
      const location = inlineBytes > 0 ? 0 : this.#file.blockCount;
      if (inlineBytes === 0) await this.#file.append(target);
      await this.#file.padToBlock();
      return { layout, location, sizeBytes: target.length, tail: target.subarray(0, inlineBytes) };
    }
    const location = entry.type === 'fifo' ? 0 : encodeDevice(entry.devMajor ?? 0, entry.devMinor ?? 0);
    return { layout: 'plain' as const, location, sizeBytes: 0, tail: Buffer.alloc(0) };
  }

  async #patchLinkCount(nid: number, links: number): Promise<void> {
    const field = Buffer.alloc(4);
    field.writeUInt32LE(links);
    await this.#file.patch(nid * inodeSlotBytes + linkCountOffset, field);
  }

  /** Runs one call at a time; after a failure, or an `abort` meanwhile, no other one succeeds. */
  async #exclusively(after: 'open' | 'finished', work: () => Promise<void>): Promise<void> {
    this.#expectState('open');
    this.#state = 'busy';
    try {
      await work();
      this.#expectState('busy');
      this.#state = after;
    } catch (error) {
      if (this.#state === 'busy') this.#state = 'failed';
      throw error;
    }
  }

  #expectState(state: 'open' | 'busy'): void {
    if (this.#state === state) return;
    throw new FirstbornError('usage', `Cannot go on with an image that is ${this.#state}`);
  }
}
