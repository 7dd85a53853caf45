import type { ContainerMetrics, MachineMetrics } from '../../protocol/metrics.ts';
import { toCount } from './counters.ts';

type DiskMetrics = MachineMetrics['disks'][number];
type DeviceMetrics = NonNullable<ContainerMetrics['io']>[number];

/** The kernel counts in these here, whatever a disk's own sectors are. */
const sectorBytes = 512;
/** A sample must fit one frame, and a container may make devices. */
const maxDisks = 32;

/** One line of /proc/diskstats and the number that io.stat names it by. */
export interface Disk extends DiskMetrics {
  /** `major:minor`. */
  device: string;
}

/** Devices that a kernel lists before anybody has given them something to hold. */
const isUnused = ({ name, reads, writes }: Disk): boolean =>
  /^(loop|ram|zram|nbd)\d+$/.test(name) && reads + writes === 0;

/** Reads /proc/diskstats (Documentation/admin-guide/iostats.rst), at most 32 disks. */
export function parseDiskstats(text: string): Disk[] {
  const disks: Disk[] = [];
  for (const line of text.split('\n')) {
    const [major, minor, name, reads, , sectorsRead, , writes, , sectorsWritten, , , busyMs] = line
      .trim()
      .split(/\s+/);
    if (busyMs === undefined) continue;
    const disk: Disk = {
      device: `${major}:${minor}`,
      name: name ?? '',
      reads: toCount(reads),
      readBytes: toCount(sectorsRead) * sectorBytes,
      writes: toCount(writes),
      writtenBytes: toCount(sectorsWritten) * sectorBytes,
      busyMs: toCount(busyMs),
    };
    if (!isUnused(disk)) disks.push(disk);
    if (disks.length === maxDisks) break;
  }
  return disks;
}

/**
 * Reads a cgroup's io.stat (Documentation/admin-guide/cgroup-v2.rst), at most 32 devices. They are named as in `disks`,
 * else by their number.
 */
export function parseIoStat(text: string, disks: readonly Disk[]): DeviceMetrics[] {
  const names = new Map(disks.map(({ device, name }) => [device, name]));
  const devices: DeviceMetrics[] = [];
  for (const line of text.split('\n')) {
    const [device = '', ...pairs] = line.trim().split(' ');
    if (!/^\d+:\d+$/.test(device) || devices.length === maxDisks) continue;
    const values = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]));
    devices.push({
      device: names.get(device) ?? device,
      readBytes: toCount(values.get('rbytes') ?? '0'),
      writtenBytes: toCount(values.get('wbytes') ?? '0'),
      reads: toCount(values.get('rios') ?? '0'),
      writes: toCount(values.get('wios') ?? '0'),
    });
  }
  return devices;
}
