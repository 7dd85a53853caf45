import type { Native, NativeError } from '../../addon/native.ts';
import type { EventBody } from '../../protocol/events.ts';
import type { LaunchConfig } from '../../protocol/launch-config.ts';
import type { Log } from '../log/log.ts';
import { listKernelDirectory, readKernelFile } from './kernel-file.ts';
import { type Uevent, watchUevents } from './uevents.ts';

export const mapperControlPath = '/dev/mapper/control';

const devicePrefix = 'firstborn-';
export const rootDeviceName = `${devicePrefix}root`;

/** What the device mapper calls the disk of the launch config's mount of this index. */
export function volumeDeviceName(index: number): string {
  return `${devicePrefix}volume-${index}`;
}

/** A disk that is verified as it is read. */
export interface VerifiedDisk {
  /** As the device mapper knows it. */
  deviceName: string;
  /** For people: where its content is. */
  place: string;
}

/** The disks that a launch config wants verified. Pure. */
export function verifiedDisks({ root, mounts }: Pick<LaunchConfig, 'root' | 'mounts'>): VerifiedDisk[] {
  const disks: VerifiedDisk[] = [];
  if (root.verity !== undefined) disks.push({ deviceName: rootDeviceName, place: '/' });
  for (const [index, mount] of mounts.entries()) {
    if (mount.type === 'disk' && mount.verity !== undefined)
      disks.push({ deviceName: volumeDeviceName(index), place: mount.destination });
  }
  return disks;
}

/** Whether something was read from a disk that its root hash does not vouch for. False when there is no such disk. */
export function isCorrupt(native: Native, deviceName: string): boolean {
  try {
    return native.mappedDeviceStatus(mapperControlPath, deviceName).startsWith('C');
  } catch {
    return false;
  }
}

export interface WatchDependencies {
  native: Native;
  log: Log;
  announce: (body: EventBody) => void;
}

/** The kernel says "change" of a mapped device with each block that it refuses, up to a hundred. */
const maybeRefused = ({ action, path, subsystem }: Uevent): boolean =>
  action === 'change' && subsystem === 'block' && path.startsWith('/devices/virtual/block/dm-');

/**
 * Tells log and host, once for each disk, that a block of it was refused: now, and from now on for the machine's life.
 * What the workload gets for such a block is EIO; which one it was, the kernel says on the console. Never throws.
 */
export function watchVerifiedDisks(
  { native, log, announce }: WatchDependencies,
  disks: readonly VerifiedDisk[],
): void {
  if (disks.length === 0) return;
  const intact = new Set(disks);
  const look = (): void => {
    for (const disk of intact) {
      if (!isCorrupt(native, disk.deviceName)) continue;
      intact.delete(disk);
      log.error({ disk: disk.place }, 'a disk does not match its root hash: damaged blocks are not read');
      announce({ event: 'corruption', disk: disk.place });
    }
  };
  const ended = (): void => log.warn('a disk that turns out to be damaged from now on is not reported');
  const received = (uevent: Uevent): void => {
    if (maybeRefused(uevent)) look();
  };
  try {
    watchUevents(native, log, { received, lost: look, ended });
  } catch (error) {
    log.warn({ err: error }, 'the uevent socket can not be opened');
    ended();
  }
  look();
}

/**
 * Takes the devices of verified disks away once nothing of them is mounted. Does not wait for one that is still in use.
 * Never throws.
 */
export function removeVerifiedDisks(native: Native, log: Log, sysRoot = '/sys'): void {
  const blocks = `${sysRoot}/block`;
  for (const block of listKernelDirectory(blocks).filter((name) => name.startsWith('dm-'))) {
    const deviceName = readKernelFile(`${blocks}/${block}/dm/name`)?.trim();
    if (deviceName?.startsWith(devicePrefix) !== true) continue;
    try {
      native.removeMappedDevice(mapperControlPath, deviceName);
    } catch (error) {
      log.warn({ device: deviceName, errno: (error as NativeError).code }, 'a verified disk is still in use');
    }
  }
}
