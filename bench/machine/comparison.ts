import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import { scratchDirectory } from '../../test/support/disks.ts';
import { peers } from '../peers/peers.ts';
import type { Peer, PeerBoot, PeerName } from '../peers/peer.ts';
import { writePeerInitramfs } from '../peers/initramfs.ts';
import { guestNetwork } from './bench-machine.ts';
import { type BenchDisks, writeBenchDisks } from './disks.ts';
import { type Platform, type PlatformName, preparePlatform } from './platforms.ts';
import { type BenchPrograms, buildPrograms } from './programs.ts';

/** A machine to measure: an init on a platform. */
export interface ComparedCase {
  /** Begins the names of its figures: `firstborn/microvm/initramfs`. */
  name: string;
  peer: Peer;
  boot: PeerBoot;
  platform: Platform;
  initramfsPath: string;
  initramfsBytes: number;
  disks: BenchDisks;
  programs: BenchPrograms;
}

/** What is compared: each init on each platform. */
export type Matrix = readonly (readonly [PlatformName, readonly PeerName[]])[];

/** Makes what all machines share, once, and then one initramfs after the other: each is large. */
export async function* prepareComparison(matrix: Matrix): AsyncGenerator<ComparedCase> {
  using scratch = scratchDirectory();
  const programs = await buildPrograms();
  const disks = await writeBenchDisks(programs.workloadPath, guestNetwork, scratch.path);
  const initramfsPath = join(scratch.path, 'initramfs.cpio');
  for (const [platformName, peerNames] of matrix) {
    const platform = await preparePlatform(platformName);
    for (const peerName of peerNames) {
      const peer = peers[peerName];
      const boot = await peer.prepare({ platform, programs });
      await writePeerInitramfs(initramfsPath, boot, programs);
      const initramfsBytes = (await stat(initramfsPath)).size;
      const name = `${peer.init}/${platformName}/${peer.runtime}`;
      yield { name, peer, boot, platform, initramfsPath, initramfsBytes, disks, programs };
    }
  }
}
