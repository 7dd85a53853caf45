import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Native } from '../../addon/native.ts';
import { Plan } from '../../addon/plan.ts';
import type { VerityConfig } from '../../protocol/verity.ts';
import { guestError } from '../boot/phase.ts';
import { runPlan } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import { readKernelFile } from '../machine/kernel-file.ts';
import { isCorrupt, mapperControlPath } from '../machine/verified-disks.ts';
import type { ModuleLoader } from './modules.ts';

const sectorBytes = 512;
/** Of the kernel's "misc" devices, to which the device mapper's control belongs (devices.txt). */
const miscMajor = 10;

/** A disk that is to be read through its hash tree. */
export interface DiskToVerify {
  /** Its node. */
  device: string;
  /** What the device mapper is to call it. */
  deviceName: string;
  verity: VerityConfig;
}

/**
 * The table of a verity target (Documentation/admin-guide/device-mapper/verity.rst): version, data device, hash device,
 * block sizes, blocks of data, first block of the tree, algorithm, root hash, salt. Without options a damaged block is
 * an I/O error. Pure.
 */
export function verityTable(device: string, verity: VerityConfig): string {
  const { rootHash, salt, algorithm, dataBlocks, hashOffsetBytes, blockSizeBytes } = verity;
  const treeBlock = hashOffsetBytes / blockSizeBytes + 1;
  const sizes = [blockSizeBytes, blockSizeBytes, dataBlocks, treeBlock];
  return [1, device, device, ...sizes, algorithm, rootHash, salt === '' ? '-' : salt].join(' ');
}

/**
 * Makes the device mapper's control node with the number that a text of /proc/misc has for it. Pure. Throws a
 * FirstbornError of code `guest` when there is none.
 */
export function controlNodePlan(misc: string): Plan {
  const [, minor] = /^ *(\d+) device-mapper$/m.exec(misc) ?? [];
  if (minor === undefined) throw guestError('Cannot verify disks: the kernel has no device mapper');
  return new Plan()
    .makeDirectories(dirname(mapperControlPath), 0o755)
    .makeNode(mapperControlPath, 'char', 0o600, miscMajor, Number(minor), { accept: ['EEXIST'] });
}

/**
 * Makes a block device that gives a disk's data only where its hash tree vouches for it (RO 16), and EIO elsewhere.
 * Reads nothing yet. Gives the device's node. Throws a FirstbornError of code `guest`; why the kernel refuses a table,
 * it says on the console.
 */
export function openVerifiedDisk(
  native: Native,
  log: Log,
  modules: ModuleLoader,
  disk: DiskToVerify,
  controlPath = mapperControlPath,
): string {
  const { device, deviceName, verity } = disk;
  modules.loadByName('dm_verity');
  // devtmpfs has it as soon as the device mapper is there.
  if (!existsSync(controlPath)) runPlan(native, log, controlNodePlan(readKernelFile('/proc/misc') ?? ''));
  try {
    const { minor } = native.createMappedDevice({
      controlPath,
      name: deviceName,
      // As cryptsetup calls them, so that its tools know what it is.
      uuid: `CRYPT-VERITY-${verity.rootHash.slice(0, 32)}-${deviceName}`,
      readonly: true,
      target: {
        type: 'verity',
        lengthSectors: (verity.dataBlocks * verity.blockSizeBytes) / sectorBytes,
        params: verityTable(device, verity),
      },
    });
    return `/dev/dm-${minor}`;
  } catch (cause) {
    throw guestError(`Cannot verify the disk "${device}" with the root hash "${verity.rootHash}"`, cause);
  }
}

/** Of an error that came up while a disk was used: the damage that is behind it, if there is any, else as it is. */
export function explainDamage(native: Native, disk: DiskToVerify, error: unknown): unknown {
  if (!isCorrupt(native, disk.deviceName)) return error;
  const { device, verity } = disk;
  return guestError(
    `Cannot trust the disk "${device}": it does not match the root hash "${verity.rootHash}"`,
    error,
  );
}
