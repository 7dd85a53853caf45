import type { BlockFile } from './block-file.ts';
import {
  type Dirent,
  type DirentBlock,
  directoryBytes,
  encodeDirents,
  layOutDirents,
  sortNames,
} from './dirents.ts';
import { blockBytes } from './format.ts';
import { type DataPlan, encodeInode, inodeBytes, nidAt, planData } from './inode.ts';
import type { InodeArea } from './inode-area.ts';
import type { DirectoryNode, PlacedNode } from './tree.ts';

/** A directory whose room in the image is known. */
interface LaidOutDirectory {
  directory: DirectoryNode;
  /** Byte offset of the inode. */
  offset: number;
  names: ReturnType<typeof sortNames>;
  blocks: DirentBlock[];
  plan: DataPlan;
}

/** What a name in a directory stands for. */
function childOf(directory: DirectoryNode, name: string): PlacedNode | DirectoryNode {
  if (name === '.') return directory;
  if (name === '..') return directory.parent;
  return directory.children.get(name) as PlacedNode | DirectoryNode;
}

/**
 * Reserves room for a directory: its size follows from its names alone. The root had to be placed at the
 * start of the image, before its names were known; its data is never inline.
 */
async function layOut(
  directory: DirectoryNode,
  rootOffset: number,
  area: InodeArea,
): Promise<LaidOutDirectory> {
  const names = sortNames(['.', '..', ...directory.children.keys()]);
  const blocks = layOutDirents(names.map(({ name }) => name));
  const isRoot = directory.parent === directory;
  const plan = isRoot
    ? ({ layout: 'plain', inlineBytes: 0 } as const)
    : planData('directory', directoryBytes(blocks), directory.xattrs.length);
  const offset = isRoot
    ? rootOffset
    : await area.reserve(inodeBytes + directory.xattrs.length + plan.inlineBytes);
  directory.nid = nidAt(offset);
  return { directory, offset, names, blocks, plan };
}

async function write(
  { directory, offset, names, blocks, plan }: LaidOutDirectory,
  file: BlockFile,
): Promise<void> {
  const dirents = names.map(({ text, name }): Dirent => {
    const child = childOf(directory, text);
    return { name, nid: child.nid, type: child.type };
  });
  const data = encodeDirents(dirents, blocks);
  const inBlocks = data.subarray(0, data.length - plan.inlineBytes);
  const location = inBlocks.length === 0 ? 0 : file.lengthBytes / blockBytes;
  await file.append(inBlocks);
  await file.padToBlock();
  const { entry, xattrs, serial, children } = directory;
  const subdirectories = [...children.values()].filter((child) => child.type === 'directory').length;
  const inode = encodeInode({
    ...entry,
    type: 'directory',
    layout: plan.layout,
    sizeBytes: data.length,
    xattrBytes: xattrs.length,
    location,
    serial,
    links: 2 + subdirectories,
  });
  await file.patch(offset, Buffer.concat([inode, xattrs, data.subarray(inBlocks.length)]));
}

/**
 * Writes all directories. Places come first, data second: an entry names the nid of a directory that may be
 * placed later. Flushes `area`.
 */
export async function writeDirectories(
  directories: readonly DirectoryNode[],
  rootOffset: number,
  file: BlockFile,
  area: InodeArea,
): Promise<void> {
  const laidOut: LaidOutDirectory[] = [];
  for (const directory of directories) laidOut.push(await layOut(directory, rootOffset, area));
  await area.flush();
  for (const one of laidOut) await write(one, file);
}
