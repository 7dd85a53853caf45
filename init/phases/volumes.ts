import { MS_NODEV, MS_NOSUID, MS_RDONLY } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import type { MountConfig } from '../../protocol/launch-config.ts';
import { deviceDeadlineMs } from '../../protocol/limits.ts';
import { guestVolumePath } from '../../protocol/names.ts';
import { pollUntil } from '../boot/deadline.ts';
import { guestError } from '../boot/phase.ts';
import { type ChildDependencies, runInChild } from '../machine/run-in-child.ts';
import { volumeDeviceName } from '../machine/verified-disks.ts';
import { type BlockDevice, describeDisks, listDisks } from './disks.ts';
import { guestPaths } from './guest-paths.ts';
import type { ModuleLoader } from './modules.ts';
import { explainDamage, openVerifiedDisk } from './verity.ts';

/** A mount that needs something of the machine: a disk or a directory of the host. */
export type VolumeMount = Exclude<MountConfig, { type: 'tmpfs' }>;

/** Long enough to replay the journal of a big disk. */
const mountDeadlineMs = 60_000;

/** 9p over virtio (Documentation/filesystems/9p.rst), with messages far over the default's 8 KiB. */
const planNineData = 'trans=virtio,version=9p2000.L,msize=262144';

/** The modules that a mount needs, where they are no part of the kernel. */
export function volumeModules(mount: VolumeMount): string[] {
  if (mount.type === 'disk') return [mount.format];
  return mount.driver === '9p' ? ['9p', '9pnet_virtio'] : [mount.driver];
}

/** Two of the formats know no writing, and a mount that could write is refused on a disk that can't. */
const isReadonly = (mount: VolumeMount): boolean =>
  mount.readonly || (mount.type === 'disk' && (mount.format !== 'ext4' || mount.verity !== undefined));

/** Mounts one volume at its place in init's root. `source` is a disk's node or a share's tag. Pure. */
export function volumePlan(mount: VolumeMount, source: string, target: string): Plan {
  return new Plan()
    .makeDirectories(guestPaths.volumes, 0o700)
    .makeDirectory(target, 0o755)
    .mount({
      source,
      target,
      type: mount.type === 'disk' ? mount.format : mount.driver,
      flags: MS_NOSUID | MS_NODEV | (isReadonly(mount) ? MS_RDONLY : 0),
      data: mount.type === 'share' && mount.driver === '9p' ? planNineData : '',
    });
}

/** The node of the disk with this serial, or of this name where disks have none, if it is there. Pure. */
export function diskNode(devices: readonly BlockDevice[], serial: string): string | undefined {
  const device = devices.find(
    (candidate) =>
      candidate.serial === serial || (candidate.serial === undefined && candidate.name === serial),
  );
  return device && `/dev/${device.name}`;
}

async function findDisk(modules: ModuleLoader, serial: string): Promise<string> {
  const node = await pollUntil(() => {
    modules.loadForDevices();
    return diskNode(listDisks(), serial);
  }, deviceDeadlineMs);
  if (node !== undefined) return node;
  throw guestError(
    `Cannot find the disk "${serial}": waited ${deviceDeadlineMs / 1000} s; ${describeDisks(listDisks())}`,
  );
}

async function mountVolume(
  dependencies: ChildDependencies,
  modules: ModuleLoader,
  mount: VolumeMount,
  index: number,
): Promise<void> {
  const device = mount.type === 'disk' ? await findDisk(modules, mount.serial) : mount.tag;
  modules.loadByName(...volumeModules(mount));
  const target = guestVolumePath(index);
  if (mount.type !== 'disk' || mount.verity === undefined) {
    await mountFrom(dependencies, mount, device, target);
    return;
  }
  const { native, log } = dependencies;
  const disk = { device, deviceName: volumeDeviceName(index), verity: mount.verity };
  const source = openVerifiedDisk(native, log, modules, disk);
  try {
    await mountFrom(dependencies, mount, source, target);
  } catch (error) {
    throw explainDamage(native, disk, error);
  }
}

async function mountFrom(
  dependencies: ChildDependencies,
  mount: VolumeMount,
  source: string,
  target: string,
): Promise<void> {
  // In a child, because the host's side of a share may never answer. It shares init's mounts.
  const outcome = await runInChild(dependencies, volumePlan(mount, source, target), mountDeadlineMs);
  if (outcome.state === 'late')
    throw guestError(`Cannot mount "${source}" within ${mountDeadlineMs / 1000} s`);
}

/**
 * Mounts the disks and shares of the launch config where `guestVolumePath` says; the container gets them from there.
 * Throws a FirstbornError of code `guest` that names the volume which is missing or can't be mounted.
 */
export async function mountVolumes(
  dependencies: ChildDependencies,
  modules: ModuleLoader,
  mounts: readonly MountConfig[],
): Promise<void> {
  for (const [index, mount] of mounts.entries()) {
    if (mount.type === 'tmpfs') continue;
    try {
      await mountVolume(dependencies, modules, mount, index);
    } catch (cause) {
      throw guestError(`Cannot provide the volume for "${mount.destination}"`, cause);
    }
  }
}
