import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { encodePathBytes } from '../../protocol/path-bytes.ts';

/** A tree of files as a test describes it. Names may be any bytes, as `decodePathBytes` reads them. */
export type TreeSpec =
  | { type: 'file'; content: Uint8Array; mode: number; modifiedSeconds: number }
  | { type: 'directory'; entries: ReadonlyMap<string, TreeSpec>; mode: number; modifiedSeconds: number }
  | { type: 'symlink'; target: string; modifiedSeconds: number }
  /** Another name of the file that was made last; a small file when there is none yet. */
  | { type: 'hardlink' };

export function pathBytes(directory: string | Buffer, name: string): Buffer {
  const head = typeof directory === 'string' ? Buffer.from(directory) : directory;
  return Buffer.concat([head, Buffer.from('/'), encodePathBytes(name)]);
}

/** Makes the tree at a path where nothing is yet. */
export function makeTree(path: string | Buffer, spec: TreeSpec): void {
  let lastFile: string | Buffer | undefined;
  const make = (at: string | Buffer, one: TreeSpec): void => {
    switch (one.type) {
      case 'file':
        writeFileSync(at, one.content);
        chmodSync(at, one.mode);
        utimesSync(at, one.modifiedSeconds, one.modifiedSeconds);
        lastFile = at;
        break;
      case 'directory':
        mkdirSync(at);
        for (const [name, entry] of one.entries) make(pathBytes(at, name), entry);
        chmodSync(at, one.mode);
        utimesSync(at, one.modifiedSeconds, one.modifiedSeconds);
        break;
      case 'symlink':
        symlinkSync(encodePathBytes(one.target), at);
        lutimesSync(at, one.modifiedSeconds, one.modifiedSeconds);
        break;
      case 'hardlink':
        if (lastFile === undefined) {
          writeFileSync(at, 'first');
          utimesSync(at, 1, 1); // the clock's nanoseconds are more than Node can set
        } else linkSync(lastFile, at);
        break;
      default:
        one satisfies never;
    }
  };
  make(path, spec);
}

/** What a test compares of one file; times to the microsecond, which is as exact as Node sets them. */
export interface TreeLine {
  /** Below the top; `''` for the top. Bytes that are no UTF-8 as Latin-1. */
  path: string;
  type: string;
  mode: number;
  uid: number;
  gid: number;
  modifiedUs: number;
  /** Of a file in Latin-1, of a link its text. */
  content: string;
  /** The first path of the same file; its own when it has no other name. */
  sameAs: string;
}

/** Describes a tree, sorted by path. */
export function readTree(path: string): TreeLine[] {
  const lines: TreeLine[] = [];
  const firstPaths = new Map<bigint, string>();
  const read = (at: Buffer, relative: string): void => {
    const stat = lstatSync(at, { bigint: true });
    const first = firstPaths.get(stat.ino) ?? relative;
    firstPaths.set(stat.ino, first);
    lines.push({
      path: relative,
      type: (Number(stat.mode) >> 12).toString(8),
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      modifiedUs: Math.round(Number(stat.mtimeNs) / 1000),
      content: contentOf(at, stat.isFile(), stat.isSymbolicLink()),
      sameAs: stat.isDirectory() ? relative : first,
    });
    if (!stat.isDirectory()) return;
    const names = readdirSync(at, { encoding: 'buffer' }).toSorted((a, b) => a.compare(b));
    for (const name of names) {
      const text = name.toString('latin1');
      read(Buffer.concat([at, Buffer.from('/'), name]), relative === '' ? text : `${relative}/${text}`);
    }
  };
  read(Buffer.from(path), '');
  return lines;
}

function contentOf(at: Buffer, isFile: boolean, isLink: boolean): string {
  if (isFile) return readFileSync(at, 'latin1');
  return isLink ? readlinkSync(at, { encoding: 'buffer' }).toString('latin1') : '';
}
