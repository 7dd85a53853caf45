import { open, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { maxEntries } from '../image-limits.ts';
import { FileSource } from '../../protocol/tar/byte-source.ts';
import type { TarEntry } from '../../protocol/tar/tar-entry.ts';
import { TarReader } from '../../protocol/tar/tar-reader.ts';
import { type FileRange, wholeFile } from './file-range.ts';

/** Named files of an image, kept in a directory or in an uncompressed tar archive. */
export interface ImageFiles {
  /** What the user named, for messages. */
  readonly path: string;
  /** Finds a file by its relative path, or `undefined`. */
  find(name: string): Promise<FileRange | undefined>;
}

/** Removes `./` and doubled slashes. `undefined` for a name that leaves the image. */
function normaliseName(name: string): string | undefined {
  const normal = posix.normalize(name.replace(/^\/+/, ''));
  return normal === '..' || normal.startsWith('../') ? undefined : normal;
}

/** Files below a directory. */
export function directoryFiles(path: string): ImageFiles {
  return {
    path,
    async find(name) {
      const normal = normaliseName(name);
      if (normal === undefined) return undefined;
      const full = join(path, normal);
      const stats = await stat(full).catch(() => undefined);
      return stats?.isFile() === true ? wholeFile(full) : undefined;
    },
  };
}

type Member = { state: 'file'; range: FileRange } | { state: 'link'; target: string };

const maxMemberHops = 16;

/**
 * Files inside a tar archive. Reads all headers once, no content; the archive must not be compressed. `path`
 * is what the user named, `archive` where the tar is now (another file when it had to be decompressed).
 */
export async function archiveFiles(path: string, archive: FileRange): Promise<ImageFiles> {
  const members = await indexArchive(path, archive);
  return {
    path,
    find(name) {
      let current = normaliseName(name);
      // Older `docker save` archives link equal layers to one another.
      for (let hop = 0; hop < maxMemberHops && current !== undefined; hop++) {
        const member = members.get(current);
        if (member?.state !== 'link') return Promise.resolve(member?.range);
        current = normaliseName(member.target);
      }
      return Promise.resolve(undefined);
    },
  };
}

async function indexArchive(path: string, archive: FileRange): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const handle = await open(archive.path);
  try {
    const source = new FileSource(handle, archive.lengthBytes);
    const reader = new TarReader(source, { archive: `"${path}"` });
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      if (entry.index >= maxEntries) {
        throw new FirstbornError('image', `Cannot read "${path}": it has more than ${maxEntries} entries`);
      }
      const name = normaliseName(entry.name);
      // The reader stands at the content now: nothing of it has been read.
      const range = { path: archive.path, offsetBytes: source.positionBytes, lengthBytes: entry.sizeBytes };
      const member = memberOf(entry, range);
      if (name !== undefined && member !== undefined) members.set(name, member);
    }
  } finally {
    await handle.close();
  }
  return members;
}

function memberOf(entry: TarEntry, range: FileRange): Member | undefined {
  switch (entry.type) {
    case 'file':
      // A file with holes is no plain stretch of the archive; a blob that is one cannot be found.
      return entry.isSparse ? undefined : { state: 'file', range };
    case 'symlink':
      return { state: 'link', target: posix.join(posix.dirname(entry.name), entry.linkName) };
    case 'hardlink':
      return { state: 'link', target: entry.linkName };
    case 'directory':
    case 'char':
    case 'block':
    case 'fifo':
      return undefined;
    default:
      return entry.type satisfies never;
  }
}
