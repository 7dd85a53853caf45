import type { DiskDescription } from '../../host/vm/machine-description.ts';
import type { CpioEntry } from '../../image/initramfs/cpio.ts';
import type { Platform } from '../machine/platforms.ts';
import type { BenchPrograms } from '../machine/programs.ts';

/** What all peers are made of. */
export interface PeerContext {
  platform: Platform;
  programs: BenchPrograms;
}

/** What a machine needs to boot with a peer as its init. */
export interface PeerBoot {
  /** An archive that the entries are laid over. */
  basePath?: string;
  /** The initramfs, or the rest of it; without directories above them. */
  entries: CpioEntry[];
  /** Beside root and config. */
  extraDisks?: DiskDescription[];
}

export const peerNames = [
  'firstborn',
  'firstborn-disk',
  'floor',
  'floor-disk',
  'c',
  'busybox',
  'systemd',
] as const;
export type PeerName = (typeof peerNames)[number];

/** An init that brings the workload of all up, and where it comes from. */
export interface Peer {
  name: PeerName;
  /** In its figures' names, before and behind the platform: `firstborn/microvm/disk`. */
  init: string;
  runtime: 'initramfs' | 'disk';
  /** For a table. */
  title: string;
  /** Whether the workload reports through the channel, and the guest says `ready`. */
  hasChannel: boolean;
  /** Whether Node is what runs. */
  isNode: boolean;
  /** Whether init itself prints what memory it takes: where its workload can't see it. */
  reportsItself: boolean;
  prepare(context: PeerContext): Promise<PeerBoot>;
}
