import { existsSync, statSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import { MS_NOATIME, MS_NODEV, MS_NOSUID, MS_RDONLY } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import type { LaunchConfig } from '../../protocol/launch-config.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { rootDeviceName } from '../machine/verified-disks.ts';
import type { Disks } from './disks.ts';
import { guestPaths } from './guest-paths.ts';
import type { ModuleLoader } from './modules.ts';
import { explainDamage, openVerifiedDisk } from './verity.ts';

const upper = `${guestPaths.overlay}/upper`;
const work = `${guestPaths.overlay}/work`;

function imagePlan(device: string, { format }: LaunchConfig['root']): Plan {
  const plan = new Plan();
  for (const path of [guestPaths.image, guestPaths.overlay, guestPaths.newRoot])
    plan.makeDirectory(path, 0o755);
  return plan.mount({
    source: device,
    target: guestPaths.image,
    type: format,
    flags: MS_RDONLY | MS_NODEV,
  });
}

/** The attributes of the root directory, which an overlay takes from its upper directory. */
export interface RootAttributes {
  mode: number;
  uid: number;
  gid: number;
}

/**
 * The container's root (KR 5): the image's disk, mounted read-only, under an overlay whose writable half is
 * a tmpfs. The disk itself is never written, whatever the container does.
 */
export function overlayPlan(root: LaunchConfig['root'], attributes: RootAttributes): Plan {
  const size = root.writableMiB === undefined ? '50%' : `${root.writableMiB}m`;
  return new Plan()
    .mount({
      source: 'overlay',
      target: guestPaths.overlay,
      type: 'tmpfs',
      flags: MS_NOSUID | MS_NODEV,
      data: `mode=0755,size=${size}`,
    })
    .makeDirectory(upper, attributes.mode)
    .changeMode(upper, attributes.mode)
    .changeOwner(upper, attributes.uid, attributes.gid)
    .makeDirectory(work, 0o755)
    .mount({
      source: 'overlay',
      target: guestPaths.newRoot,
      type: 'overlay',
      // An image may hold nodes of the disks and of the channel's port; those of /dev are on a mount of their own.
      flags: MS_NODEV | MS_NOATIME,
      data: `lowerdir=${guestPaths.image},upperdir=${upper},workdir=${work}`,
    });
}

/** The addons disk (KR 4): a directory `modules` on it serves the workload as /lib/modules/<release>. */
function addonsPlan(device: string): Plan {
  return new Plan().makeDirectory(guestPaths.addons, 0o755).mount({
    source: device,
    target: guestPaths.addons,
    type: 'squashfs',
    flags: MS_RDONLY | MS_NOSUID | MS_NODEV,
  });
}

/** What the container start needs to know of the root. */
export interface AssembledRoot {
  path: string;
  /** A directory of kernel modules to show in the container, if the host gave one. */
  kernelModules: string | undefined;
}

/**
 * Mounts the image's disk, through its hash tree where there is one, and looks at its root directory. Throws a
 * FirstbornError of code `guest` that tells damage from other failures.
 */
function mountImage(
  native: Native,
  log: Log,
  modules: ModuleLoader,
  device: string,
  root: LaunchConfig['root'],
): RootAttributes {
  const mountFrom = (source: string): RootAttributes => {
    runPlan(native, log, imagePlan(source, root));
    const { mode, uid, gid } = statSync(guestPaths.image);
    return { mode: mode & 0o7777, uid, gid };
  };
  if (root.verity === undefined) return mountFrom(device);
  const disk = { device, deviceName: rootDeviceName, verity: root.verity };
  const source = openVerifiedDisk(native, log, modules, disk);
  try {
    return mountFrom(source);
  } catch (error) {
    throw explainDamage(native, disk, error);
  }
}

export function assembleRoot(
  native: Native,
  log: Log,
  modules: ModuleLoader,
  disks: Disks,
  root: LaunchConfig['root'],
): AssembledRoot {
  modules.loadByName(root.format, 'overlay', ...(disks.addons === undefined ? [] : ['squashfs']));
  const attributes = mountImage(native, log, modules, disks.root, root);
  runPlan(native, log, overlayPlan(root, attributes));
  if (disks.addons === undefined) return { path: guestPaths.newRoot, kernelModules: undefined };
  runPlan(native, log, addonsPlan(disks.addons));
  const kernelModules = `${guestPaths.addons}/modules`;
  if (!existsSync(kernelModules)) log.warn({ path: kernelModules }, 'the addons disk has no kernel modules');
  return { path: guestPaths.newRoot, kernelModules: existsSync(kernelModules) ? kernelModules : undefined };
}
