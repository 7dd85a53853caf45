import { dirname } from 'node:path/posix';
import {
  AT_RECURSIVE,
  MOUNT_ATTR_RDONLY,
  MS_BIND,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  OPEN_TREE_CLONE,
} from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import type { SpecMount } from '../../protocol/oci/runtime-spec.ts';
import { hardenPseudoMount, type ParsedMountOptions, parseMountOptions } from './mount-options.ts';
import type { PreparedMount } from './mount-sources.ts';

/** Slots carry bind sources across the change of root. */
export const maxBindSources = 120;

const directoryMode = 0o755;
const fileMode = 0o644;

/** Opens what lies outside the new root while it can still be reached. */
export function openBindSources(plan: Plan, mounts: readonly PreparedMount[]): void {
  const binds = mounts.flatMap(({ bind, mount }) => (bind === undefined ? [] : { bind, mount }));
  if (binds.length > maxBindSources) {
    throw new FirstbornError('config', `Cannot bind ${binds.length} sources, at most ${maxBindSources}`);
  }
  binds.forEach(({ bind, mount }, slot) => {
    const { flags } = parseMountOptions(mount.options ?? []);
    const recursive = (flags & MS_REC) === 0 ? 0 : AT_RECURSIVE;
    plan.openTree(slot, bind.source, OPEN_TREE_CLONE | recursive);
  });
}

/** What a mount needs to be mounted on: a missing directory or file is made (RO 15). */
function makeTarget(plan: Plan, path: string, isDirectory: boolean): void {
  if (isDirectory) {
    plan.makeDirectories(path, directoryMode);
    return;
  }
  plan.makeDirectories(dirname(path), directoryMode);
  // A file that is there stays as it is, whatever it is.
  plan.writeFile(
    path,
    '',
    { create: true, mode: fileMode },
    { accept: ['EACCES', 'EROFS', 'ETXTBSY', 'ENXIO'] },
  );
}

/** A bind takes the flags of its source; its own need a second call. */
function finishBind(plan: Plan, target: string, { flags, clearedFlags }: ParsedMountOptions): void {
  const own = flags & ~(MS_BIND | MS_REC | MS_REMOUNT);
  if (own !== 0 || clearedFlags !== 0) plan.mount({ target, flags: own | MS_BIND | MS_REMOUNT });
}

function finishMount(plan: Plan, target: string, { propagation, recursive }: ParsedMountOptions): void {
  for (const flags of propagation) plan.mount({ target, flags });
  if (recursive.set !== 0 || recursive.clear !== 0)
    plan.setMountAttributes(target, AT_RECURSIVE, recursive.set, recursive.clear, 0);
}

/** cgroup1 is no more: what asks for its hierarchy gets the one of cgroup2, as runc does it on such a machine. */
function filesystemType({ type = 'none' }: SpecMount): string {
  return type === 'cgroup' ? 'cgroup2' : type;
}

const isReadonlyTmpfs = ({ type }: SpecMount, { flags }: ParsedMountOptions): boolean =>
  type === 'tmpfs' && (flags & MS_RDONLY) !== 0;

/**
 * Makes the tmpfs read-only that are to be so. What is mounted in one may need a directory made there, and /dev has its
 * nodes made in it, so this comes behind all that.
 */
export function sealTmpfs(plan: Plan, mounts: readonly PreparedMount[]): void {
  for (const { mount, bind } of mounts) {
    if (bind === undefined && isReadonlyTmpfs(mount, parseMountOptions(mount.options ?? [])))
      plan.setMountAttributes(mount.destination, 0, MOUNT_ATTR_RDONLY, 0, 0);
  }
}

/**
 * The mounts in the order in which they are listed, inside the new root: a link in a target leads to where it leads
 * for the container. `openBindSources` has put the sources of binds into the slots from 0 on; `sealTmpfs` is still to come.
 */
export function addMounts(plan: Plan, mounts: readonly PreparedMount[]): void {
  let bindSlot = 0;
  for (const { mount, bind, mode } of mounts) {
    const { mount: hardened } = hardenPseudoMount(mount);
    const options = parseMountOptions(hardened.options ?? []);
    const { destination: target, source = 'none' } = hardened;
    makeTarget(plan, target, bind?.isDirectory ?? true);
    if (bind === undefined) {
      const flags = isReadonlyTmpfs(hardened, options) ? options.flags & ~MS_RDONLY : options.flags;
      plan.mount({ source, target, type: filesystemType(hardened), flags, data: options.data });
    } else {
      plan.moveMount(bindSlot, target);
      finishBind(plan, target, options);
      bindSlot += 1;
    }
    if (mode !== undefined) plan.changeMode(target, mode);
    finishMount(plan, target, options);
  }
}
