import type { RootEntry } from '../root-entry.ts';
import { entryError } from './entry-check.ts';
import type { InodeType } from './format.ts';

/** Everything but a directory: it is in the image already, only its links are still counted. */
export interface PlacedNode {
  type: Exclude<InodeType, 'directory'>;
  nid: number;
  links: number;
}

/** A directory waits until all its children are known. */
export interface DirectoryNode {
  type: 'directory';
  entry: RootEntry;
  /** Encoded extended attributes. */
  xattrs: Buffer;
  /** Inode number for 32-bit programs. */
  serial: number;
  /** The root's parent is the root. */
  parent: DirectoryNode;
  children: Map<string, PlacedNode | DirectoryNode>;
  /** Set once the directory has its place. */
  nid: number;
}

/** Where a new entry belongs. */
export interface Place {
  parent: DirectoryNode;
  name: string;
}

/** The names of an image. Contents and attributes of files are not kept. */
export class Tree {
  /** All directories, parents before children. */
  readonly directories: DirectoryNode[] = [];

  get root(): DirectoryNode | undefined {
    return this.directories[0];
  }

  /**
   * Finds the place for a new entry other than the root. Throws a FirstbornError (`image`) when the parent is
   * missing or no directory, or when the path is taken.
   */
  placeFor(path: string): Place {
    const slash = path.lastIndexOf('/');
    const parent = this.#find(slash === -1 ? '' : path.slice(0, slash));
    const name = path.slice(slash + 1);
    if (parent === undefined) throw entryError(path, 'its parent directory has not been added');
    if (parent.type !== 'directory') throw entryError(path, 'its parent is no directory');
    if (parent.children.has(name)) throw entryError(path, 'the path has been added before');
    return { parent, name };
  }

  /** Adds a directory; without a place it is the root. */
  addDirectory(entry: RootEntry, xattrs: Buffer, serial: number, place: Place | undefined): DirectoryNode {
    const fields = { type: 'directory', entry, xattrs, serial, children: new Map(), nid: 0 } as const;
    const node: DirectoryNode = Object.assign(fields, { parent: fields as unknown as DirectoryNode });
    if (place !== undefined) {
      node.parent = place.parent;
      place.parent.children.set(place.name, node);
    }
    this.directories.push(node);
    return node;
  }

  /** Adds one more name for what `target` names. Throws a FirstbornError (`image`) when that can't be. */
  addHardLink(path: string, target: string | undefined): PlacedNode {
    const place = this.placeFor(path);
    const node = target === undefined ? undefined : this.#find(target);
    if (node === undefined) throw entryError(path, `its target "${target}" has not been added`);
    if (node.type === 'directory') throw entryError(path, `its target "${target}" is a directory`);
    node.links++;
    place.parent.children.set(place.name, node);
    return node;
  }

  #find(path: string): PlacedNode | DirectoryNode | undefined {
    let node: PlacedNode | DirectoryNode | undefined = this.root;
    if (path === '') return node;
    for (const name of path.split('/')) {
      if (node?.type !== 'directory') return undefined;
      node = node.children.get(name);
    }
    return node;
  }
}
