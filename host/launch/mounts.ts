import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { VerityWish } from './verified-volume.ts';

export type GuestMount = NonNullable<LaunchConfigInput['mounts']>[number];

/** A file system in the guest's memory. */
export type TmpfsRequest = Extract<GuestMount, { type: 'tmpfs' }>;

/** Something of the host. */
export interface BindRequest {
  type: 'bind';
  /** Absolute: a directory, or a file that holds an ext4, squashfs or EROFS file system. */
  source: string;
  /** Absolute path in the container; made where it is missing. */
  destination: string;
  readonly: boolean;
  /** Of a file: the guest verifies what it reads by the hash tree in it, and never writes. */
  verity?: VerityWish;
}

/** Something to mount in the container beside its root. */
export type MountRequest = TmpfsRequest | BindRequest;
