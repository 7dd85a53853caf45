import { MS_RDONLY, MS_REMOUNT } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import { guestPaths } from '../phases/guest-paths.ts';
import { readKernelFile } from './kernel-file.ts';
import { parseMountinfo } from './mountinfo.ts';
import { type ChildDependencies, runInChild } from './run-in-child.ts';

/** Where volumes are mounted, in the order of their mounting. Pure. */
export function volumeMountPoints(mountinfo: string): string[] {
  return parseMountinfo(mountinfo)
    .map((mount) => mount.mountPoint)
    .filter((path) => path.startsWith(`${guestPaths.volumes}/`));
}

/**
 * Unmounts for real, last mounted first: only that leaves a filesystem clean on its disk. What is still in use is
 * made read-only, which is as good; what was unmounted is then no mount point (EINVAL). Pure.
 */
export function unmountVolumesPlan(paths: readonly string[]): Plan {
  const plan = new Plan();
  for (const path of paths.toReversed()) {
    plan
      .unmount(path, 0, { accept: ['EBUSY'], orWarn: true })
      .mount({ target: path, flags: MS_REMOUNT | MS_RDONLY }, { accept: ['EINVAL'], orWarn: true });
  }
  return plan;
}

/**
 * Takes the volumes down once no container uses them. In a child, because a disk or the host's side of a share may
 * never answer; what is not done within `deadlineMs` is said in the log.
 */
export async function unmountVolumes(dependencies: ChildDependencies, deadlineMs: number): Promise<void> {
  const paths = volumeMountPoints(readKernelFile('/proc/self/mountinfo') ?? '');
  if (paths.length === 0) return;
  const outcome = await runInChild(dependencies, unmountVolumesPlan(paths), deadlineMs);
  if (outcome.state === 'late')
    dependencies.log.warn({ deadlineMs }, 'the volumes were not unmounted in time');
}
