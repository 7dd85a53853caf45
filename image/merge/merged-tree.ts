import { FirstbornError } from '../../protocol/errors.ts';
import { maxNameBytes, maxPathBytes } from '../../protocol/tar/tar-limits.ts';
import { maxSymlinkHops } from '../image-limits.ts';
import { encodePathBytes } from '../../protocol/path-bytes.ts';
import type { RootEntryType } from '../root-entry.ts';

/** What a name stands for. Names that are hard links of one another share one. */
export interface Inode {
  readonly type: Exclude<RootEntryType, 'hardlink'>;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanoseconds: number;
  readonly sizeBytes: number;
  readonly linkTarget: string | undefined;
  readonly devMajor: number;
  readonly devMinor: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
  /** Which entry of which layer holds the content. */
  readonly layer: number;
  readonly index: number;
}

/** One name in the merged tree. */
export interface TreeNode {
  readonly name: string;
  readonly parent: TreeNode | undefined;
  /** Length of the path in bytes. */
  readonly pathBytes: number;
  inode: Inode;
  /** The layer that put the name here, or put it here again. */
  layer: number;
  /** By name; empty unless the inode is a directory. */
  children: Map<string, TreeNode>;
}

const noXattrs: ReadonlyMap<string, Buffer> = new Map();
const noChildren = 0;

/** A directory that no layer describes: parents that were left out, and the root itself. */
function implicitDirectory(layer: number): Inode {
  return {
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
    sizeBytes: 0,
    linkTarget: undefined,
    devMajor: 0,
    devMinor: 0,
    xattrs: noXattrs,
    layer,
    index: -1,
  };
}

/**
 * The root file system as the layers so far make it, names and metadata only. Paths are given as components
 * without `.` and `..`. Reasons for refusals are FirstbornErrors of code `image` without the layer's name;
 * `applyLayer` adds it.
 */
export class MergedTree {
  readonly root: TreeNode = {
    name: '',
    parent: undefined,
    pathBytes: 0,
    inode: implicitDirectory(-1),
    layer: -1,
    children: new Map(),
  };

  /**
   * The directory at `path`, through symlinks that stay inside the tree as they would in the running
   * container. With `create`, missing directories are made, and a non-directory of a lower layer gives way;
   * without it, either gives `undefined`.
   */
  directory(path: readonly string[], layer: number, create: boolean): TreeNode | undefined {
    const left = [...path].toReversed();
    let current = this.root;
    let hops = 0;
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        current = current.parent ?? this.root;
        continue;
      }
      const child: TreeNode | undefined = current.children.get(name);
      if (child?.inode.type === 'directory') {
        current = child;
      } else if (child?.inode.type === 'symlink') {
        if (++hops > maxSymlinkHops) throw refusal('its parent directory is a loop of symbolic links');
        const target = child.inode.linkTarget ?? '';
        if (target.startsWith('/')) current = this.root;
        left.push(...target.split('/').toReversed());
      } else if (!create) {
        return undefined;
      } else {
        if (child?.layer === layer) throw refusal(`its parent "${name}" is no directory`);
        current = this.put(current, name, implicitDirectory(layer), layer);
      }
    }
    return current;
  }

  /** The node at `path`; a symlink in the last place is not followed. */
  find(path: readonly string[]): TreeNode | undefined {
    const name = path.at(-1);
    if (name === undefined) return this.root;
    return this.directory(path.slice(0, -1), noChildren, false)?.children.get(name);
  }

  /**
   * Puts an inode under a name. A directory over a directory only changes its metadata; anything else replaces
   * what was there, with all that was below it.
   */
  put(parent: TreeNode, name: string, inode: Inode, layer: number): TreeNode {
    const existing = parent.children.get(name);
    if (existing?.inode.type === 'directory' && inode.type === 'directory') {
      existing.inode = inode;
      existing.layer = layer;
      return existing;
    }
    const nameBytes = encodePathBytes(name).length;
    const pathBytes = parent.pathBytes + nameBytes + (parent === this.root ? 0 : 1);
    if (nameBytes > maxNameBytes) throw refusal(`a name is longer than ${maxNameBytes} bytes`);
    if (pathBytes > maxPathBytes) throw refusal(`its path is longer than ${maxPathBytes} bytes`);
    const node: TreeNode = { name, parent, pathBytes, inode, layer, children: new Map() };
    parent.children.set(name, node);
    return node;
  }

  /** Gives the root directory its metadata. */
  describeRoot(inode: Inode, layer: number): void {
    this.root.inode = inode;
    this.root.layer = layer;
  }

  /** Removes a name as far as lower layers put it there: what `layer` itself brought stays. */
  removeLower(parent: TreeNode, name: string, layer: number): void {
    const node = parent.children.get(name);
    if (node === undefined) return;
    this.clearLower(node, layer);
    if (node.layer === layer) return;
    if (node.children.size === 0) parent.children.delete(name);
    else {
      // Only what this layer put below it holds the directory, and this layer did not describe it.
      node.inode = implicitDirectory(layer);
      node.layer = layer;
    }
  }

  /** Removes everything below a directory that lower layers put there. */
  clearLower(node: TreeNode, layer: number): void {
    for (const name of node.children.keys()) this.removeLower(node, name, layer);
  }
}

/** The reason why an entry is refused. */
export function refusal(reason: string): FirstbornError {
  return new FirstbornError('image', reason);
}

/** Path of a node, `''` for the root. */
export function pathOf(node: TreeNode): string {
  const names: string[] = [];
  for (let current = node; current.parent !== undefined; current = current.parent) names.push(current.name);
  return names.toReversed().join('/');
}
