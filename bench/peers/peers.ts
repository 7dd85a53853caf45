import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CpioEntry } from '../../image/initramfs/cpio.ts';
import { workloadPath } from '../machine/disks.ts';
import type { Platform } from '../machine/platforms.ts';
import { staticBusybox } from '../plain-initramfs.ts';
import type { Peer, PeerName } from './peer.ts';
import { floorDisk, runtimeDisk } from './floor-disk.ts';
import { systemdDisk } from './systemd-disk.ts';

type FileEntry = Extract<CpioEntry, { type: 'file' }>;

/** Puts a file of the host into an initramfs. */
async function fileEntry(path: string, hostPath: string, mode = 0o755): Promise<FileEntry> {
  return { type: 'file', path, mode, content: await readFile(hostPath) };
}

const ownFile = (path: string, name: string): Promise<FileEntry> =>
  fileEntry(path, join(import.meta.dirname, 'files', name));

/** The drivers and the list that says in which order they are loaded. */
function moduleEntries({ modules }: Platform): FileEntry[] {
  const list = modules.map(({ path }) => `/${path}\n`).join('');
  return [...modules, { type: 'file', path: 'modules', mode: 0o644, content: Buffer.from(list) }];
}

const applets = ['cat', 'chroot', 'hostname', 'insmod', 'ip', 'ln', 'mkdir', 'mknod', 'mount', 'poweroff'];
const moreApplets = ['sh', 'sleep', 'switch_root', 'umount', 'unshare'];

async function busyboxEntries(): Promise<CpioEntry[]> {
  const links = [...applets, ...moreApplets].map(
    (name): CpioEntry => ({ type: 'symlink', path: `bin/${name}`, target: 'busybox' }),
  );
  return [await staticBusybox(), ...links];
}

const firstborn: Peer = {
  name: 'firstborn',
  init: 'firstborn',
  runtime: 'initramfs',
  title: 'Firstborn',
  hasChannel: true,
  isNode: true,
  reportsItself: false,
  prepare: ({ platform }) => Promise.resolve({ basePath: platform.bootFiles.initramfsPath, entries: [] }),
};

const firstbornOnDisk: Peer = {
  ...firstborn,
  name: 'firstborn-disk',
  runtime: 'disk',
  title: 'Firstborn, disk',
  prepare: ({ platform: { diskBootFiles } }) =>
    Promise.resolve({
      basePath: diskBootFiles.initramfsPath,
      entries: [],
      extraDisks: [runtimeDisk(diskBootFiles.runtimeDiskPath ?? '')],
    }),
};

/** Firstborn's initramfs with another /init: nothing but Node itself, and one process. */
const floor: Peer = {
  name: 'floor',
  init: 'floor',
  runtime: 'initramfs',
  title: 'bare Node',
  hasChannel: false,
  isNode: true,
  reportsItself: false,
  prepare: async ({ platform, programs }) => ({
    basePath: platform.bootFiles.initramfsPath,
    entries: [
      await ownFile('init', 'floor-init.js'),
      await fileEntry(workloadPath.slice(1), programs.workloadPath),
    ],
  }),
};

/** The same on a disk of its own, behind the same first stage. */
const floorOnDisk: Peer = {
  ...floor,
  name: 'floor-disk',
  runtime: 'disk',
  title: 'bare Node, disk',
  prepare: async ({ platform, programs }) => ({
    basePath: platform.diskBootFiles.initramfsPath,
    entries: [await fileEntry(workloadPath.slice(1), programs.workloadPath)],
    extraDisks: [runtimeDisk(await floorDisk())],
  }),
};

const minimalC: Peer = {
  name: 'c',
  init: 'c',
  runtime: 'initramfs',
  title: 'C init',
  hasChannel: false,
  isNode: false,
  reportsItself: true,
  prepare: async ({ platform, programs }) => ({
    entries: [await fileEntry('init', programs.cInitPath), ...moduleEntries(platform)],
  }),
};

const busybox: Peer = {
  name: 'busybox',
  init: 'busybox',
  runtime: 'initramfs',
  title: 'busybox shell',
  hasChannel: false,
  isNode: false,
  reportsItself: true,
  prepare: async ({ platform }) => ({
    entries: [
      await ownFile('init', 'busybox-init.sh'),
      await ownFile('container', 'busybox-container.sh'),
      ...(await busyboxEntries()),
      ...moduleEntries(platform),
    ],
  }),
};

const systemd: Peer = {
  name: 'systemd',
  init: 'systemd',
  runtime: 'initramfs',
  title: 'systemd',
  hasChannel: false,
  isNode: false,
  reportsItself: false,
  prepare: async ({ platform }) => ({
    entries: [
      await ownFile('init', 'systemd-initramfs.sh'),
      ...(await busyboxEntries()),
      ...moduleEntries(platform),
    ],
    extraDisks: [await systemdDisk()],
  }),
};

/** All that are compared, by name. */
export const peers: Readonly<Record<PeerName, Peer>> = {
  firstborn,
  'firstborn-disk': firstbornOnDisk,
  floor,
  'floor-disk': floorOnDisk,
  c: minimalC,
  busybox,
  systemd,
};
