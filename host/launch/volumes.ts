import { FirstbornError } from '../../protocol/errors.ts';
import type { HelperProgram, MachineRecord } from '../machine/machine-record.ts';
import type { DiskDescription, ShareDescription } from '../vm/machine-description.ts';
import type { BindRequest, GuestMount, MountRequest } from './mounts.ts';
import type { VolumeSource } from './volume-source.ts';

/** A mount that was asked for, with what its source turned out to be. */
export type InspectedMount =
  | { request: Exclude<MountRequest, BindRequest> }
  | { request: BindRequest; source: VolumeSource };

/** How a directory comes into the guest: what the monitor is told, and who serves it. */
export interface SharedDirectory {
  share: ShareDescription;
  helper: HelperProgram | undefined;
}

/** What the mounts of a machine mean to everybody concerned. */
export interface MountPlan {
  guest: GuestMount[];
  disks: DiskDescription[];
  shares: ShareDescription[];
  /** Programs that must run before the machine. */
  helpers: HelperProgram[];
  /** For people. */
  volumes: MachineRecord['volumes'];
}

/** Serials and tags, by which the guest finds what belongs to which mount. */
const volumeName = (index: number): string => `firstborn-vol-${index}`;

/** What a guest knows a disk by: its number among the mounts and among those that are disks make it. */
export type DiskNaming = (mountIndex: number, diskIndex: number) => string;

const isReadonly = ({ request, source }: Extract<InspectedMount, { source: VolumeSource }>): boolean =>
  request.readonly || (source.kind === 'disk' && (source.format !== 'ext4' || source.verity !== undefined));

/** Two writers, or a reader beside a writer, would see each other's half-done work. */
function checkDisks(mounts: readonly InspectedMount[]): void {
  const seen = new Map<string, boolean>();
  for (const mount of mounts) {
    if (!('source' in mount) || mount.source.kind !== 'disk') continue;
    const { path, needsRecovery } = mount.source;
    const readonly = isReadonly(mount);
    if (readonly && needsRecovery) {
      throw new FirstbornError(
        'host',
        `Cannot mount "${mount.request.source}" read-only: its journal must be replayed first, by mounting it writable once or by e2fsck`,
      );
    }
    const other = seen.get(path);
    if (other !== undefined && !(other && readonly)) {
      throw new FirstbornError(
        'usage',
        `Cannot mount "${mount.request.source}" twice unless both are read-only`,
      );
    }
    seen.set(path, readonly);
  }
}

/**
 * Lays the mounts out in their order. `shareDirectory` makes what serves one directory; it is called for each with its
 * number among the mounts. `nameDisk` is for machines whose disks have no serials. Pure but for that. Throws a FirstbornError.
 */
export function planMounts(
  mounts: readonly InspectedMount[],
  shareDirectory: (directory: {
    path: string;
    tag: string;
    index: number;
    readonly: boolean;
  }) => SharedDirectory,
  nameDisk: DiskNaming = volumeName,
): MountPlan {
  checkDisks(mounts);
  const plan: MountPlan = { guest: [], disks: [], shares: [], helpers: [], volumes: [] };
  for (const [index, mount] of mounts.entries()) {
    if (!('source' in mount)) {
      plan.guest.push(mount.request);
      continue;
    }
    const { path } = mount.source;
    const readonly = isReadonly(mount);
    const { destination } = mount.request;
    if (mount.source.kind === 'disk') {
      const { format, verity } = mount.source;
      const name = nameDisk(index, plan.disks.length);
      plan.disks.push({ path, serial: name, readonly, format: 'raw' });
      plan.guest.push({
        type: 'disk',
        destination,
        readonly,
        serial: name,
        format,
        ...(verity === undefined ? {} : { verity }),
      });
    } else {
      const name = volumeName(index);
      const { share, helper } = shareDirectory({ path, tag: name, index, readonly });
      plan.shares.push(share);
      if (helper !== undefined) plan.helpers.push(helper);
      plan.guest.push({ type: 'share', destination, readonly, tag: name, driver: share.driver });
    }
    plan.volumes.push({ source: mount.request.source, destination, readonly });
  }
  return plan;
}
