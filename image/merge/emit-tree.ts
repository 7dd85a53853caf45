import { FirstbornError } from '../../protocol/errors.ts';
import type { RootDiskWriter, RootEntry } from '../root-entry.ts';
import type { ImageLayer, LayerReadOptions } from '../source/image-layer.ts';
import type { Inode, MergedTree, TreeNode } from './merged-tree.ts';
import { readLayer } from './scan-layers.ts';

/** A name of an inode and the inode. */
interface NamedInode {
  readonly path: string;
  readonly inode: Inode;
}

/** The tree in the order in which it is written. */
export interface Emission {
  /** Every directory, parents first. */
  readonly directories: readonly NamedInode[];
  /** What has no content: empty files, symlinks, devices, FIFOs. */
  readonly contentless: readonly NamedInode[];
  /** Files with content: for each layer, by the index of their entry. */
  readonly files: ReadonlyArray<ReadonlyMap<number, NamedInode>>;
  /** Further names, each after its target. */
  readonly hardLinks: ReadonlyArray<NamedInode & { readonly target: string }>;
}

/**
 * Decides the order: directories, then what has no content, then files as the layers hold them, then hard
 * links. An inode is written under the first of its names; names are compared by UTF-16 code units, which
 * depends on nothing but the names. Pure.
 */
export function planEmission(tree: MergedTree, layerCount: number): Emission {
  const directories: NamedInode[] = [];
  const contentless: NamedInode[] = [];
  const files = Array.from({ length: layerCount }, () => new Map<number, NamedInode>());
  const hardLinks: Array<NamedInode & { target: string }> = [];
  const firstPaths = new Map<Inode, string>();
  for (const named of walk(tree.root, '')) {
    const { path, inode } = named;
    if (inode.type === 'directory') {
      directories.push(named);
      continue;
    }
    const target = firstPaths.get(inode);
    if (target !== undefined) {
      hardLinks.push({ ...named, target });
      continue;
    }
    firstPaths.set(inode, path);
    if (inode.type === 'file' && inode.sizeBytes > 0) files[inode.layer]?.set(inode.index, named);
    else contentless.push(named);
  }
  return { directories, contentless, files, hardLinks };
}

function* walk(node: TreeNode, path: string): Generator<NamedInode> {
  yield { path, inode: node.inode };
  if (node.children.size === 0) return;
  for (const name of [...node.children.keys()].toSorted()) {
    const child = node.children.get(name);
    if (child !== undefined) yield* walk(child, path === '' ? name : `${path}/${name}`);
  }
}

function toEntry({ path, inode }: NamedInode): RootEntry {
  return {
    path,
    type: inode.type,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    mtimeSeconds: inode.mtimeSeconds,
    mtimeNanoseconds: inode.mtimeNanoseconds,
    sizeBytes: inode.sizeBytes,
    ...(inode.linkTarget === undefined ? {} : { linkTarget: inode.linkTarget }),
    ...(inode.type === 'char' || inode.type === 'block'
      ? { devMajor: inode.devMajor, devMinor: inode.devMinor }
      : {}),
    xattrs: inode.xattrs,
  };
}

const noXattrs: ReadonlyMap<string, Buffer> = new Map();

/**
 * The second pass: reads again the layers that still hold content and gives every surviving entry to the
 * writer. Does not finish the writer. Throws FirstbornError `image` when a layer is not what it was before.
 */
export async function emitTree(
  tree: MergedTree,
  layers: readonly ImageLayer[],
  writer: RootDiskWriter,
  options: LayerReadOptions = {},
): Promise<void> {
  const emission = planEmission(tree, layers.length);
  for (const named of [...emission.directories, ...emission.contentless]) {
    options.signal?.throwIfAborted();
    await writer.add(toEntry(named));
  }
  for (const [number, layer] of layers.entries()) {
    await emitFiles(layer, emission.files[number] ?? new Map(), writer, options);
  }
  for (const { target, ...named } of emission.hardLinks) {
    const entry = {
      ...toEntry(named),
      type: 'hardlink',
      sizeBytes: 0,
      linkTarget: target,
      xattrs: noXattrs,
    } as const;
    await writer.add(entry);
  }
}

async function emitFiles(
  layer: ImageLayer,
  files: ReadonlyMap<number, NamedInode>,
  writer: RootDiskWriter,
  options: LayerReadOptions,
): Promise<void> {
  if (files.size === 0) {
    options.onBytes?.(layer.storedBytes ?? 0);
    return;
  }
  let leftFiles = files.size;
  await readLayer(layer, 'again', options, async (entry) => {
    const named = files.get(entry.index);
    if (named === undefined) return;
    if (entry.type !== 'file' || entry.sizeBytes !== named.inode.sizeBytes) throw changed(layer);
    leftFiles--;
    await writer.add(toEntry(named), entry.content());
  });
  if (leftFiles !== 0) throw changed(layer);
}

function changed(layer: ImageLayer): FirstbornError {
  return new FirstbornError('image', `Cannot read ${layer.name}: it changed while it was being read`);
}
