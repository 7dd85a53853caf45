import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { deviceDeadlineMs } from '../../protocol/limits.ts';
import { addonsDiskSerial, configDiskSerial, rootDiskSerial } from '../../protocol/names.ts';
import { pollUntil } from '../boot/deadline.ts';
import { guestError } from '../boot/phase.ts';
import { pendingXenDevices } from '../xen/devices.ts';
import type { ModuleLoader } from './modules.ts';

/** Device nodes of the disks a guest boots with. */
export interface Disks {
  root: string;
  config: string;
  /** Kernel modules for the workload, if the host gave any. */
  addons: string | undefined;
}

export interface BlockDevice {
  /** As in /sys/block: `vda`, `xvdb`. */
  name: string;
  /** virtio-blk tells one; Xen's disks have none. */
  serial: string | undefined;
}

const isGuestDisk = (name: string): boolean => /^x?vd[a-z]+$/.test(name);

/**
 * Picks the disks. Serials decide where the host set any; else the order a, b, c, as krata and Xen attach
 * them. `undefined` while root or config is not there. Pure.
 */
export function chooseDisks(devices: readonly BlockDevice[]): Disks | undefined {
  const bySerial = (serial: string): string | undefined =>
    devices.find((device) => device.serial === serial)?.name;
  const byLetter = (letter: string): string | undefined =>
    devices.find((device) => device.name === `vd${letter}` || device.name === `xvd${letter}`)?.name;
  const hostNamesDisks = [rootDiskSerial, configDiskSerial, addonsDiskSerial].some(bySerial);
  const root = hostNamesDisks ? bySerial(rootDiskSerial) : byLetter('a');
  const config = hostNamesDisks ? bySerial(configDiskSerial) : byLetter('b');
  const addons = hostNamesDisks ? bySerial(addonsDiskSerial) : byLetter('c');
  if (root === undefined || config === undefined) return undefined;
  return { root: `/dev/${root}`, config: `/dev/${config}`, addons: addons && `/dev/${addons}` };
}

/** The disks that are there now. */
export function listDisks(): BlockDevice[] {
  return readdirSync('/sys/block')
    .filter((name) => isGuestDisk(name) && existsSync(`/dev/${name}`))
    .map((name) => {
      try {
        return { name, serial: readFileSync(`/sys/block/${name}/serial`, 'latin1').trim() || undefined };
      } catch {
        return { name, serial: undefined };
      }
    });
}

/** Says for an error which disks there are. */
export function describeDisks(devices: readonly BlockDevice[]): string {
  if (devices.length === 0) return 'there is no disk';
  const names = devices.map(({ name, serial }) =>
    serial === undefined ? name : `${name} with serial "${serial}"`,
  );
  return `there is ${names.join(', ')}`;
}

/**
 * Waits for the root and the config disk to appear, with a deadline; on Xen for all disks that were announced, because
 * the addons' may come last.
 */
export async function findDisks(modules: ModuleLoader): Promise<Disks> {
  const complete = await pollUntil(() => {
    modules.loadForDevices();
    return pendingXenDevices('vbd').length > 0 ? undefined : chooseDisks(listDisks());
  }, deviceDeadlineMs);
  const disks = complete ?? chooseDisks(listDisks());
  if (disks !== undefined) return disks;
  throw guestError(
    `Cannot find the disks: waited ${deviceDeadlineMs / 1000} s for serials "${rootDiskSerial}" and "${configDiskSerial}", ` +
      `or vda and vdb, or xvda and xvdb; ${describeDisks(listDisks())}`,
  );
}
