import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { RootEntry } from '../../image/root-entry.ts';

/**
 * Reads a directory of this machine as entries, parents first and sorted by name. Names must be UTF-8. Files
 * with more links than one come as hard links; extended attributes and sockets are left out.
 */
export function* readTree(root: string): Generator<RootEntry, void, undefined> {
  const firstPaths = new Map<bigint, string>();
  const waiting = [''];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const entry = readOne(root, path, firstPaths);
    if (entry === undefined) continue;
    yield entry;
    if (entry.type !== 'directory') continue;
    const prefix = path === '' ? '' : `${path}/`;
    const names = readdirSync(join(root, path)).toSorted();
    waiting.push(...names.map((name) => prefix + name).toReversed());
  }
}

function readOne(root: string, path: string, firstPaths: Map<bigint, string>): RootEntry | undefined {
  const full = join(root, path);
  const stats = lstatSync(full, { bigint: true });
  const common = {
    path,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeSeconds: Number(stats.mtimeNs / 1_000_000_000n),
    mtimeNanoseconds: Number(stats.mtimeNs % 1_000_000_000n),
    sizeBytes: 0,
    xattrs: new Map<string, Buffer>(),
  };
  if (stats.isDirectory()) return { ...common, type: 'directory' };
  if (stats.isSymbolicLink()) return { ...common, type: 'symlink', linkTarget: readlinkSync(full) };
  if (!stats.isFile()) return undefined;
  const first = firstPaths.get(stats.ino);
  if (first !== undefined) return { ...common, type: 'hardlink', linkTarget: first };
  firstPaths.set(stats.ino, path);
  return { ...common, type: 'file', sizeBytes: Number(stats.size) };
}
