import type { TarEntryType } from '../protocol/tar/tar-entry.ts';

/** What an entry of a root filesystem can be: what an archive can bring. */
export type RootEntryType = TarEntryType;

/**
 * One entry of the merged root filesystem, as the disk writers receive it.
 *
 * Order: a directory comes before anything below it, a hard link after its target, the root directory (path
 * `''`) first. Every path comes once. Text becomes bytes through `encodePathBytes`.
 */
export interface RootEntry {
  /** `usr/bin/env`: no leading slash, no `.` or `..`; `''` is the root directory. */
  readonly path: string;
  readonly type: RootEntryType;
  /** The twelve permission bits: rwx thrice, sticky 0o1000, setgid 0o2000, setuid 0o4000. */
  readonly mode: number;
  /** 0 … 2^32 - 2. */
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, possibly negative. */
  readonly mtimeSeconds: number;
  /** 0 … 999,999,999, added to the seconds. */
  readonly mtimeNanoseconds: number;
  /** Length of a file's content; 0 for everything else. */
  readonly sizeBytes: number;
  /** A symlink's text as it is, or the path (as above) of the entry that a hard link names again. */
  readonly linkTarget?: string;
  readonly devMajor?: number;
  readonly devMinor?: number;
  /** Full name such as `security.capability` to value. Sorted by name; empty for hard links. */
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/**
 * Something that turns entries into a disk image. `content` yields exactly `sizeBytes` bytes and comes with
 * every file that has some. After a failure the owner calls `abort`, which leaves no file and no process.
 */
export interface RootDiskWriter {
  add(entry: RootEntry, content?: AsyncIterable<Uint8Array>): Promise<void>;
  /** Completes the image. It is whole only when this has resolved. */
  finish(): Promise<void>;
  /** Gives up and removes what was written. Safe to call at any time, more than once. */
  abort(): Promise<void>;
}

/** An entry that belongs to root, at the beginning of all times: of a disk that is made and not copied. */
export function madeEntry(
  path: string,
  type: 'file' | 'directory',
  mode: number,
  sizeBytes: number,
): RootEntry {
  return {
    path,
    type,
    mode,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
    sizeBytes,
    xattrs: new Map(),
  };
}

/** Content that is in memory, in the form in which an image's comes. */
// oxlint-disable-next-line require-await -- an async iterable of one chunk
export async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
