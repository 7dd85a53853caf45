import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, normalize, relative } from 'node:path';
import type { BundleEntry } from '../../image/bundle-entry.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { decodePathBytes, encodePathBytes } from '../../protocol/path-bytes.ts';
import { isRelativeBind, type RuntimeSource } from './runtime-source.ts';

/** What a bundle may hold beside its root: hooks and small files, which the guest keeps in memory. */
const maxBundleBytes = 64 * 1024 * 1024;
const maxBundleEntries = 10_000;

/**
 * Reads the files of a bundle beside its configuration and its root, parents first; sockets, FIFOs and devices are left
 * out. Throws a FirstbornError: of code `host` for what can't be read or is too much, of code `config` for a bind mount of
 * something that is not among them.
 */
export async function readBundleFiles(source: RuntimeSource): Promise<BundleEntry[] | undefined> {
  if (source.bundle === undefined) return undefined;
  const { directory, rootDirectory } = source.bundle;
  const reader = new BundleReader(directory, new Set([rootDirectory, join(directory, 'config.json')]));
  if (rootDirectory !== directory) await reader.readDirectory('');
  checkBindSources(source, reader.entries);
  return reader.entries;
}

class BundleReader {
  readonly entries: BundleEntry[] = [];
  readonly #directory: string;
  readonly #leftOut: ReadonlySet<string>;
  #totalBytes = 0;

  constructor(directory: string, leftOut: ReadonlySet<string>) {
    this.#directory = directory;
    this.#leftOut = leftOut;
  }

  async readDirectory(path: string): Promise<void> {
    let names: Buffer[];
    try {
      names = await readdir(this.#place(path), { encoding: 'buffer' });
    } catch (cause) {
      throw this.#failure(path, cause);
    }
    for (const name of names.toSorted((one, other) => Buffer.compare(one, other))) {
      const below = path === '' ? decodePathBytes(name) : `${path}/${decodePathBytes(name)}`;
      if (!this.#leftOut.has(join(this.#directory, below))) await this.#readEntry(below);
    }
  }

  async #readEntry(path: string): Promise<void> {
    let entry: BundleEntry | undefined;
    try {
      entry = await this.#lookAt(path);
    } catch (cause) {
      throw cause instanceof FirstbornError ? cause : this.#failure(path, cause);
    }
    if (entry === undefined) return;
    this.entries.push(entry);
    if (this.entries.length > maxBundleEntries) throw this.#tooMuch(`${maxBundleEntries} files`);
    if (entry.type === 'directory') await this.readDirectory(path);
  }

  async #lookAt(path: string): Promise<BundleEntry | undefined> {
    const place = this.#place(path);
    const stats = await lstat(place);
    const common = {
      path,
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      mtimeSeconds: Math.floor(stats.mtimeMs / 1000),
    };
    if (stats.isDirectory()) return { ...common, type: 'directory' };
    if (stats.isSymbolicLink()) {
      const target = await readlink(place, { encoding: 'buffer' });
      return { ...common, type: 'symlink', linkTarget: decodePathBytes(target) };
    }
    if (!stats.isFile()) return undefined;
    if (this.#totalBytes + stats.size > maxBundleBytes) throw this.#tooMuch(`${maxBundleBytes} bytes`);
    const content = await readFile(place);
    this.#totalBytes += content.length;
    return { ...common, type: 'file', content };
  }

  /** Names are bytes. */
  #place(path: string): Buffer {
    return encodePathBytes(join(this.#directory, path));
  }

  #failure(path: string, cause: unknown): FirstbornError {
    return new FirstbornError('host', `Cannot read "${join(this.#directory, path)}"`, { cause });
  }

  #tooMuch(bound: string): FirstbornError {
    return new FirstbornError(
      'host',
      `Cannot take the bundle "${this.#directory}": beside its root it may hold at most ${bound}`,
    );
  }
}

/** What a relative bind mount shows is on the config disk, or nowhere. */
function checkBindSources({ spec, path, bundle }: RuntimeSource, entries: readonly BundleEntry[]): void {
  const known = new Set(entries.map((entry) => entry.path));
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    if (!isRelativeBind(mount)) continue;
    const plain = normalize(mount.source ?? '').replace(/\/$/, '');
    if (plain === '.' || known.has(plain)) continue;
    const rootPath = relative(bundle?.directory ?? '', bundle?.rootDirectory ?? '');
    throw new FirstbornError(
      'config',
      `Cannot accept "${path}": mounts[${index}].source: expected something of the bundle beside "${rootPath}" in place of "${mount.source ?? ''}"`,
    );
  }
}
