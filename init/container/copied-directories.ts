import { closeSync, existsSync, fstatSync, readdirSync } from 'node:fs';
import { MNT_DETACH, MS_NODEV, MS_NOSUID } from '../../addon/constants.ts';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import type { SpecMount } from '../../protocol/oci/runtime-spec.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { openRootDirectory } from './covered-modes.ts';
import { parseMountOptions } from './mount-options.ts';

/** What the directories of one container are made of. */
export interface CopySite {
  containerId: string;
  /** The assembled root in init's view. */
  rootPath: string;
}

const stagingPath = (containerId: string): string => `/run/firstborn/copies/${containerId}`;

/**
 * A directory of the root with memory over it: reading finds what the image has, writing changes the memory alone. Nothing
 * is copied until it is changed, so the size of what the image has there costs neither time nor memory.
 */
function overlayPlan(staging: string, lowerFd: number, mount: SpecMount): Plan {
  const { mode, uid, gid } = fstatSync(lowerFd);
  const { data } = parseMountOptions(mount.options ?? []);
  const [memory, upper, work, merged] = [staging, `${staging}/upper`, `${staging}/work`, `${staging}/merged`];
  return new Plan()
    .makeDirectories(memory, 0o700)
    .mount({ source: 'tmpfs', target: memory, type: 'tmpfs', flags: MS_NOSUID | MS_NODEV, data })
    .makeDirectory(upper, 0o755)
    .changeOwner(upper, uid, gid)
    .changeMode(upper, mode & 0o7777)
    .makeDirectory(work, 0o755)
    .makeDirectory(merged, 0o755)
    .mount({
      source: 'overlay',
      target: merged,
      type: 'overlay',
      flags: MS_NOSUID | MS_NODEV,
      data: `lowerdir=/proc/self/fd/${lowerFd},upperdir=${upper},workdir=${work}`,
    });
}

/**
 * Makes the directories for the mounts with `tmpcopyup`: a tmpfs that begins with what the root has at its place. Gives
 * where each is, by its destination. `removeCopiedDirectories` undoes it.
 */
export function makeCopiedDirectories(
  native: Native,
  log: Log,
  mounts: readonly SpecMount[],
  { containerId, rootPath }: CopySite,
): Map<string, string> {
  const made = new Map<string, string>();
  for (const mount of mounts) {
    if (mount.type !== 'tmpfs' || mount.options?.includes('tmpcopyup') !== true) continue;
    const lowerFd = openRootDirectory(native, rootPath, mount.destination);
    if (lowerFd === undefined) continue;
    const staging = `${stagingPath(containerId)}/${made.size}`;
    try {
      runPlan(native, log, overlayPlan(staging, lowerFd, mount));
    } finally {
      closeSync(lowerFd);
    }
    made.set(mount.destination, `${staging}/merged`);
  }
  return made;
}

/** Lets go of what `makeCopiedDirectories` has made, if anything; the memory is free once nothing uses it. */
export function removeCopiedDirectories(native: Native, log: Log, containerId: string): void {
  const top = stagingPath(containerId);
  if (!existsSync(top)) return;
  const plan = new Plan();
  for (const name of readdirSync(top)) {
    const staging = `${top}/${name}`;
    plan.unmount(staging, MNT_DETACH, { orWarn: true }).removeDirectory(staging, { orWarn: true });
  }
  runPlan(native, log, plan.removeDirectory(top, { orWarn: true }));
}
