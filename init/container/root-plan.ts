import {
  CLONE_NEWCGROUP,
  MNT_DETACH,
  MOUNT_ATTR_RDONLY,
  MS_BIND,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  OPEN_TREE_CLONE,
} from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import type { PreparedMount } from './mount-sources.ts';
import { maxBindSources, openBindSources } from './mounts-plan.ts';

/** Behind those of the bind sources. */
const rootSlot = maxBindSources;

export interface RootEntry {
  /** The assembled root in init's view. */
  rootPath: string;
  /** Mount points of init that the container's mount namespace must not keep. */
  hiddenMounts: readonly string[];
  mounts: readonly PreparedMount[];
}

/**
 * Makes the container's root the root of this mount namespace. pivot_root(2) refuses an initramfs, so the
 * root is mounted over `/` and entered. init's own mounts are detached first: what stays underneath can't be
 * named from inside, and holds neither config nor devices.
 */
export function enterRoot(plan: Plan, { rootPath, hiddenMounts, mounts }: RootEntry): void {
  openBindSources(plan, mounts);
  plan.openTree(rootSlot, rootPath, OPEN_TREE_CLONE);
  for (const path of [rootPath, ...hiddenMounts])
    plan.unmount(path, MNT_DETACH, { accept: ['EINVAL', 'ENOENT'] });
  plan.changeDirectoryToSlot(rootSlot).moveMount(rootSlot, '/').changeRoot('.').changeDirectory('/');
}

/** Cuts the mount namespace off from init's. Nothing that happens in either reaches the other. */
export function isolateMounts(plan: Plan): void {
  plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
}

/** The child roots the namespace at the cgroup that it is in; clone3 would root it at init's. */
export function rootCgroupNamespace(plan: Plan): void {
  plan.unshare(CLONE_NEWCGROUP);
}

/** After everything that writes to the root. */
export function makeRootReadonly(plan: Plan): void {
  plan.setMountAttributes('/', 0, MOUNT_ATTR_RDONLY, 0, 0);
}

/**
 * A path that may be a file, a directory or absent: a file is covered by /dev/null, a directory by an empty
 * tmpfs; the one that does not fit says ENOTDIR.
 */
export function maskPath(plan: Plan, path: string): void {
  plan.mount({ source: '/dev/null', target: path, flags: MS_BIND }, { accept: ['ENOENT', 'ENOTDIR'] });
  plan.mount(
    { source: 'tmpfs', target: path, type: 'tmpfs', flags: MS_RDONLY },
    { accept: ['ENOENT', 'ENOTDIR'] },
  );
}

/** Whatever else the mount forbids, it goes on forbidding. */
export function makeReadonly(plan: Plan, path: string): void {
  plan.mount({ source: path, target: path, flags: MS_BIND | MS_REC }, { accept: ['ENOENT'] });
  plan.setMountAttributes(path, 0, MOUNT_ATTR_RDONLY, 0, 0, { accept: ['ENOENT'] });
}
