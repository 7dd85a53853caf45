import { statSync } from 'node:fs';
import type { SpecMount } from '../../protocol/oci/runtime-spec.ts';
import { guestPaths } from '../phases/guest-paths.ts';
import { parseMountOptions } from './mount-options.ts';

/** A mount of the configuration, and what of the machine it takes. */
export interface PreparedMount {
  mount: SpecMount;
  /** For a bind: the path in init's root, and whether a directory lies there. */
  bind: { source: string; isDirectory: boolean } | undefined;
  /** Permission bits that its directory gets once it is mounted. */
  mode?: number | undefined;
}

/** What the sources of a container's mounts depend on. */
export interface MountSurroundings {
  /** Where init has the container's devpts: a container gets no other, so that init can open terminals in it. */
  terminals: string;
  /** Where a directory of the image was made writable in memory (`tmpcopyup`), by its destination. */
  copies: ReadonlyMap<string, string>;
  /** Permission bits of the directories that the root has at destinations of tmpfs. */
  modes: ReadonlyMap<string, number>;
  /** Ids that the container's root has for the machine. */
  root: { uid: number; gid: number };
}

export function isBind({ options = [], type }: SpecMount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}

/** A relative source is below the bundle (runtime-spec, config.md, "Mounts"). */
export function bindSourcePath(source: string): string {
  return source.startsWith('/') ? source : `${guestPaths.bundle}/${source}`;
}

/** A source that is not there is told by the mount itself. */
function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true;
}

/** The flags of a mount without what only its filesystem understands: that is made already. */
function flagOptions({ options = [] }: SpecMount): string[] {
  return [
    'bind',
    ...options.filter((option) => parseMountOptions([option]).data === '' && option !== 'tmpcopyup'),
  ];
}

/** The mode of the directory that a tmpfs covers, which becomes its own as with runc, unless its options have one. */
function coveredMode(
  { type, destination, options = [] }: SpecMount,
  modes: MountSurroundings['modes'],
): number | undefined {
  if (type !== 'tmpfs' || options.some((option) => option.startsWith('mode='))) return undefined;
  return modes.get(destination);
}

/** What is made in memory belongs to the container's root, whoever that is for the machine. */
function asOwned(mount: SpecMount, { uid, gid }: MountSurroundings['root']): SpecMount {
  if (mount.type !== 'tmpfs' || (uid === 0 && gid === 0)) return mount;
  return { ...mount, options: [`uid=${uid}`, `gid=${gid}`, ...(mount.options ?? [])] };
}

function prepareMount(
  mount: SpecMount,
  { terminals, copies, modes, root }: MountSurroundings,
): PreparedMount {
  if (isBind(mount)) {
    const source = bindSourcePath(mount.source ?? '');
    return { mount, bind: { source, isDirectory: isDirectory(source) } };
  }
  const made = mount.type === 'devpts' ? terminals : copies.get(mount.destination);
  if (made === undefined)
    return { mount: asOwned(mount, root), bind: undefined, mode: coveredMode(mount, modes) };
  return {
    mount: { ...mount, type: 'bind', options: flagOptions(mount) },
    bind: { source: made, isDirectory: true },
  };
}

/** Looks at what the mounts are to show, while it can be reached. */
export function prepareMounts(
  mounts: readonly SpecMount[],
  surroundings: MountSurroundings,
): PreparedMount[] {
  return mounts.map((mount) => prepareMount(mount, surroundings));
}
