import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { emitTree } from '../../image/merge/emit-tree.ts';
import { scanLayers } from '../../image/merge/scan-layers.ts';
import type { RootDiskWriter, RootEntry } from '../../image/root-entry.ts';
import type { ImageLayer } from '../../image/source/image-layer.ts';
import { encodeTarHeader, tarEndMarker, tarPadding } from '../../protocol/tar/tar-writer.ts';

/** An entry of a test archive: a RootEntry with its content. */
export interface FixtureEntry extends RootEntry {
  readonly content: Buffer;
}

type Overrides = Partial<Omit<RootEntry, 'path' | 'type'>>;

function entry(
  path: string,
  type: RootEntry['type'],
  mode: number,
  extra: Overrides,
  content = '',
): FixtureEntry {
  const bytes = Buffer.from(content, 'latin1');
  return {
    path,
    type,
    mode,
    uid: 0,
    gid: 0,
    mtimeSeconds: 1_700_000_000,
    mtimeNanoseconds: 0,
    xattrs: new Map(),
    ...extra,
    sizeBytes: bytes.length,
    content: bytes,
  };
}

export const file = (path: string, content = '', extra: Overrides = {}): FixtureEntry =>
  entry(path, 'file', 0o644, extra, content);
export const directory = (path: string, extra: Overrides = {}): FixtureEntry =>
  entry(path, 'directory', 0o755, extra);
export const symlink = (path: string, linkTarget: string, extra: Overrides = {}): FixtureEntry =>
  entry(path, 'symlink', 0o777, { ...extra, linkTarget });
export const hardlink = (path: string, linkTarget: string): FixtureEntry =>
  entry(path, 'hardlink', 0o644, { linkTarget });
export const device = (
  path: string,
  type: 'char' | 'block',
  devMajor: number,
  devMinor: number,
): FixtureEntry => entry(path, type, 0o600, { devMajor, devMinor });
export const fifo = (path: string): FixtureEntry => entry(path, 'fifo', 0o600, {});
/** The marker that deletes `path` of lower layers. */
export const whiteout = (path: string): FixtureEntry =>
  file(join(dirname(path), `.wh.${path.split('/').at(-1)}`));
/** The marker that hides what lower layers have in the directory. */
export const opaque = (path: string): FixtureEntry => file(join(path, '.wh..wh..opq'));

/** The entries as one archive, end marker included. */
export function tarOf(entries: readonly FixtureEntry[]): Buffer {
  const parts = entries.flatMap((item) => [encodeTarHeader(item), item.content, tarPadding(item.sizeBytes)]);
  return Buffer.concat([...parts, tarEndMarker]);
}

export const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A layer in memory. Yields pieces of an odd size so that headers are split. */
export function memoryLayer(bytes: Buffer, options: Partial<ImageLayer> = {}): ImageLayer {
  return {
    name: 'layer "test"',
    storedBytes: bytes.length,
    hasWhiteouts: true,
    requireEndMarker: false,
    // oxlint-disable-next-line require-await -- a stream of what is at hand already
    async *open() {
      for (let offset = 0; offset < bytes.length; offset += 1009) yield bytes.subarray(offset, offset + 1009);
    },
    verifyStored: () => Promise.resolve(),
    ...options,
  };
}

/** What a merged tree holds, by path. */
export type CollectedTree = Map<string, RootEntry & { content: string }>;

/** A writer that keeps everything, and insists on the order that writers are promised. */
export class CollectingWriter implements RootDiskWriter {
  readonly entries: CollectedTree = new Map();
  state: 'open' | 'finished' | 'aborted' = 'open';

  async add(item: RootEntry, content?: AsyncIterable<Uint8Array>): Promise<void> {
    const parent =
      item.path === '' ? undefined : this.entries.get(item.path.split('/').slice(0, -1).join('/'));
    if (item.path !== '' && parent?.type !== 'directory')
      throw new Error(`"${item.path}" came before its parent`);
    if (this.entries.has(item.path)) throw new Error(`"${item.path}" came twice`);
    if (item.type === 'hardlink' && !this.entries.has(item.linkTarget ?? '')) {
      throw new Error(`"${item.path}" came before its target`);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of content ?? []) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (bytes.length !== item.sizeBytes) throw new Error(`"${item.path}" has ${bytes.length} bytes`);
    this.entries.set(item.path, { ...item, content: bytes.toString('latin1') });
  }

  finish(): Promise<void> {
    this.state = 'finished';
    return Promise.resolve();
  }

  abort(): Promise<void> {
    this.state = 'aborted';
    return Promise.resolve();
  }
}

/** Merges layers, given lowest first, and collects what comes out. */
export async function mergeLayers(
  ...layers: Array<readonly FixtureEntry[] | ImageLayer>
): Promise<CollectedTree> {
  const sources = layers.map((layer) => ('open' in layer ? layer : memoryLayer(tarOf(layer))));
  const writer = new CollectingWriter();
  await emitTree(await scanLayers(sources), sources, writer);
  return writer.entries;
}

/** One line for each entry, sorted: enough to compare trees in a test. */
export function outline(tree: CollectedTree): string[] {
  const lines = [...tree.values()].map((item) => {
    switch (item.type) {
      case 'file':
        return `${item.path} = ${item.content}`;
      case 'symlink':
      case 'hardlink':
        return `${item.path} ${item.type === 'symlink' ? '->' : '=>'} ${item.linkTarget}`;
      case 'directory':
        return `${item.path}/`;
      case 'char':
      case 'block':
        return `${item.path} ${item.type} ${item.devMajor}:${item.devMinor}`;
      case 'fifo':
        return `${item.path} fifo`;
      default:
        return item.type satisfies never;
    }
  });
  return lines.toSorted();
}

/** A directory that is removed after the test. */
export async function temporaryDirectory(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'firstborn-test-'));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Every name below a directory, to see that nothing was left behind. */
export async function listAll(path: string): Promise<string[]> {
  const names: string[] = await readdir(path, { recursive: true }).catch(() => []);
  return names.toSorted();
}
