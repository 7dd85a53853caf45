import { encodePathBytes } from '../../protocol/path-bytes.ts';
import { maxOwnerId, maxPathBytes } from '../../protocol/tar/tar-limits.ts';
import { maxDevMajor, maxDevMinor } from '../image-limits.ts';
import type { TarEntry } from '../../protocol/tar/tar-entry.ts';
import { type Inode, type MergedTree, refusal } from './merged-tree.ts';

const whiteoutPrefix = '.wh.';
const opaqueMarker = '.wh..wh..opq';
const aufsPrefix = '.wh..wh.';

/**
 * Lays one entry of a layer over the tree (OCI image-spec, layer.md). Throws FirstbornError `image` with the
 * reason when the entry is refused.
 *
 * A name is taken relative to the root with or without a leading slash; `..` is refused. A parent that is a
 * symlink is followed inside the tree, as containerd and umoci do. Whiteouts take away only what lower layers
 * brought, wherever in the layer they stand. A hard link names whatever its target is at this moment, so later
 * changes to the target's name do not touch it.
 */
export function applyEntry(tree: MergedTree, entry: TarEntry, layer: number, hasWhiteouts: boolean): void {
  const path = splitEntryPath(entry.name);
  const name = path.at(-1);
  if (name === undefined) {
    if (entry.type !== 'directory') throw refusal('it replaces the root directory');
    tree.describeRoot(inodeOf(entry, layer), layer);
    return;
  }
  if (hasWhiteouts) {
    if (path.slice(0, -1).some((component) => component.startsWith(whiteoutPrefix))) {
      // Directories of aufs's own, such as .wh..wh.plnk, hold nothing of the image.
      if (path.some((component) => component.startsWith(aufsPrefix))) return;
      throw refusal('it lies below a whiteout');
    }
    if (name.startsWith(whiteoutPrefix)) {
      applyWhiteout(tree, path.slice(0, -1), name, layer);
      return;
    }
  }
  const parent = tree.directory(path.slice(0, -1), layer, true) ?? tree.root;
  if (entry.type === 'hardlink') {
    tree.put(parent, name, linkTargetInode(tree, entry), layer);
    return;
  }
  tree.put(parent, name, inodeOf(entry, layer), layer);
}

function applyWhiteout(tree: MergedTree, parentPath: readonly string[], name: string, layer: number): void {
  const parent = tree.directory(parentPath, layer, false);
  if (name === opaqueMarker) {
    if (parent !== undefined) tree.clearLower(parent, layer);
    return;
  }
  if (name.startsWith(aufsPrefix)) return;
  const victim = name.slice(whiteoutPrefix.length);
  if (victim === '' || victim === '.' || victim === '..') throw refusal('it is a whiteout of no name');
  if (parent !== undefined) tree.removeLower(parent, victim, layer);
}

function linkTargetInode(tree: MergedTree, entry: TarEntry): Inode {
  const target = tree.find(splitEntryPath(entry.linkName));
  if (target === undefined) throw refusal(`the target of the hard link, "${entry.linkName}", does not exist`);
  if (target.inode.type === 'directory') {
    throw refusal(`the target of the hard link, "${entry.linkName}", is a directory`);
  }
  return target.inode;
}

/** Components of a path inside the image. Refuses `..` and NUL instead of guessing what was meant. */
export function splitEntryPath(name: string): string[] {
  if (name.includes('\0')) throw refusal('its name holds a NUL byte');
  const path = name.split('/').filter((component) => component !== '' && component !== '.');
  if (path.includes('..')) throw refusal('its path holds ".."');
  return path;
}

function inodeOf(entry: TarEntry, layer: number): Inode {
  if (entry.type === 'hardlink') throw refusal('a hard link has no inode of its own');
  for (const id of [entry.uid, entry.gid]) {
    if (id < 0 || id > maxOwnerId) throw refusal(`its owner ${id} is not between 0 and ${maxOwnerId}`);
  }
  const isDevice = entry.type === 'char' || entry.type === 'block';
  const { devMajor, devMinor } = entry;
  if (isDevice && (devMajor < 0 || devMajor > maxDevMajor || devMinor < 0 || devMinor > maxDevMinor)) {
    throw refusal(`its device number ${devMajor}:${devMinor} does not exist`);
  }
  if (entry.type === 'symlink') checkSymlinkTarget(entry.linkName);
  return {
    type: entry.type,
    mode: entry.type === 'symlink' ? 0o777 : entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtimeSeconds: entry.mtimeSeconds,
    mtimeNanoseconds: entry.mtimeNanoseconds,
    sizeBytes: entry.type === 'file' ? entry.sizeBytes : 0,
    linkTarget: entry.type === 'symlink' ? entry.linkName : undefined,
    devMajor: isDevice ? devMajor : 0,
    devMinor: isDevice ? devMinor : 0,
    xattrs: keptXattrs(entry.xattrs),
    layer,
    index: entry.index,
  };
}

function checkSymlinkTarget(target: string): void {
  if (target === '' || target.includes('\0')) throw refusal('its symbolic link has no usable target');
  if (encodePathBytes(target).length > maxPathBytes)
    throw refusal('the target of its symbolic link is longer than 4095 bytes');
}

const noXattrs: ReadonlyMap<string, Buffer> = new Map();
const keptNames = /^(?:(?:user|trusted|security)\..|system\.posix_acl_(?:access|default)$)/s;

/**
 * Sorted by name. Left out are names that no disk image can hold, and `trusted.overlay.*` and `user.overlay.*`:
 * they describe the overlay of the machine that built the layer, and the guest's own overlay would obey them.
 */
function keptXattrs(xattrs: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  if (xattrs.size === 0) return noXattrs;
  const kept = [...xattrs].filter(
    ([name]) => keptNames.test(name) && !/^(?:trusted|user)\.overlay\./.test(name),
  );
  return new Map(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
