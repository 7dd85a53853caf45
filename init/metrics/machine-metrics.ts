import { getHeapStatistics } from 'node:v8';
import type { MachineMetrics } from '../../protocol/metrics.ts';
import { listKernelDirectory, readKernelFile } from '../machine/kernel-file.ts';
import { counter, parseCounters, toCount } from './counters.ts';
import type { Disk } from './disks.ts';
import { parseNetDev } from './interfaces.ts';
import { readPressures } from './pressure.ts';

/** USER_HZ is 100 on every architecture that Firstborn runs on (time(7)). */
export const clockTickMs = 10;
const tickUs = clockTickMs * 1000;

/** Reads the first line of /proc/stat and counts the CPUs in it: those that are online. */
export function parseCpuStat(text: string): Pick<MachineMetrics, 'cpu' | 'onlineCpus'> {
  const ticks = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(toCount);
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = ticks;
  return {
    onlineCpus: [...text.matchAll(/^cpu\d+ /gm)].length,
    cpu: {
      userUs: (user + nice) * tickUs,
      systemUs: (system + irq + softIrq) * tickUs,
      idleUs: idle * tickUs,
      ioWaitUs: ioWait * tickUs,
      stealUs: steal * tickUs,
    },
  };
}

/** Reads /proc/meminfo. What is cached is what free(1) calls buff/cache: it goes when memory is needed. */
export function parseMeminfo(text: string): MachineMetrics['memory'] {
  const kibibytes = parseCounters(text);
  const bytes = (key: string): number => counter(kibibytes, key) * 1024;
  return {
    totalBytes: bytes('MemTotal'),
    freeBytes: bytes('MemFree'),
    availableBytes: bytes('MemAvailable'),
    cachedBytes: bytes('Buffers') + bytes('Cached') + bytes('SReclaimable'),
    swapTotalBytes: bytes('SwapTotal'),
    swapFreeBytes: bytes('SwapFree'),
  };
}

/** Reads the first three figures of /proc/loadavg. */
export function parseLoad(text: string): MachineMetrics['load'] {
  const [one, five, fifteen] = text.split(' ');
  return [toCount(one), toCount(five), toCount(fifteen)];
}

/** Milliseconds since the kernel started, time asleep included, as process start times are counted. */
export function readUptimeMs(procRoot: string): number {
  return Math.round(toCount(readKernelFile(`${procRoot}/uptime`)?.split(' ')[0]) * 1000);
}

function readInit(procRoot: string): MachineMetrics['init'] {
  const status = parseCounters(readKernelFile(`${procRoot}/self/status`) ?? '');
  return {
    residentBytes: counter(status, 'VmRSS') * 1024,
    // One of them lists the others.
    openFds: Math.max(0, listKernelDirectory(`${procRoot}/self/fd`).length - 1),
    heapUsedBytes: getHeapStatistics().used_heap_size,
  };
}

/** What the whole machine uses, from /proc (proc(5)). A file that is missing leaves zeros. */
export function readMachineMetrics(procRoot: string, disks: readonly Disk[]): MachineMetrics {
  return {
    uptimeMs: readUptimeMs(procRoot),
    ...parseCpuStat(readKernelFile(`${procRoot}/stat`) ?? ''),
    load: parseLoad(readKernelFile(`${procRoot}/loadavg`) ?? ''),
    memory: parseMeminfo(readKernelFile(`${procRoot}/meminfo`) ?? ''),
    pressure: readPressures((resource) => `${procRoot}/pressure/${resource}`),
    disks: disks.map(({ device: _device, ...disk }) => disk),
    interfaces: parseNetDev(readKernelFile(`${procRoot}/net/dev`) ?? ''),
    init: readInit(procRoot),
  };
}
