import type { ContainerMetrics } from '../../protocol/metrics.ts';
import { readKernelFile } from '../machine/kernel-file.ts';
import { counter, parseCounters, parseLimit } from './counters.ts';
import { type Disk, parseIoStat } from './disks.ts';
import { readPressures } from './pressure.ts';

type CpuMetrics = NonNullable<ContainerMetrics['cpu']>;
type MemoryMetrics = NonNullable<ContainerMetrics['memory']>;
type PidMetrics = NonNullable<ContainerMetrics['pids']>;

function readCpu(cgroupPath: string): CpuMetrics | undefined {
  const text = readKernelFile(`${cgroupPath}/cpu.stat`);
  if (text === undefined) return undefined;
  const stat = parseCounters(text);
  const usage = {
    usageUs: counter(stat, 'usage_usec'),
    userUs: counter(stat, 'user_usec'),
    systemUs: counter(stat, 'system_usec'),
  };
  // The kernel prints zeros for a cgroup that nothing throttles; that is no news.
  const max = readKernelFile(`${cgroupPath}/cpu.max`);
  if (max === undefined || max.startsWith('max')) return usage;
  return {
    ...usage,
    periods: counter(stat, 'nr_periods'),
    throttledPeriods: counter(stat, 'nr_throttled'),
    throttledUs: counter(stat, 'throttled_usec'),
  };
}

/** memory.stat has the sum since Linux 5.18; before, its parts. */
function kernelBytes(stat: ReadonlyMap<string, number>): number {
  const parts = ['kernel_stack', 'pagetables', 'percpu', 'slab', 'vmalloc'];
  return stat.get('kernel') ?? parts.reduce((sum, name) => sum + counter(stat, name), 0);
}

function readMemory(cgroupPath: string): MemoryMetrics | undefined {
  const current = parseLimit(readKernelFile(`${cgroupPath}/memory.current`));
  const stat = parseCounters(readKernelFile(`${cgroupPath}/memory.stat`) ?? '');
  if (typeof current !== 'number' || stat.size === 0) return undefined;
  const peak = parseLimit(readKernelFile(`${cgroupPath}/memory.peak`));
  const swap = parseLimit(readKernelFile(`${cgroupPath}/memory.swap.current`));
  const events = parseCounters(readKernelFile(`${cgroupPath}/memory.events`) ?? '');
  return {
    currentBytes: current,
    ...(typeof peak === 'number' ? { peakBytes: peak } : {}),
    maxBytes: parseLimit(readKernelFile(`${cgroupPath}/memory.max`)) ?? null,
    highBytes: parseLimit(readKernelFile(`${cgroupPath}/memory.high`)) ?? null,
    ...(typeof swap === 'number' ? { swapBytes: swap } : {}),
    anonymousBytes: counter(stat, 'anon'),
    fileBytes: counter(stat, 'file'),
    kernelBytes: kernelBytes(stat),
    sharedBytes: counter(stat, 'shmem'),
    inactiveFileBytes: counter(stat, 'inactive_file'),
    events: {
      low: counter(events, 'low'),
      high: counter(events, 'high'),
      max: counter(events, 'max'),
      oom: counter(events, 'oom'),
      oomKill: counter(events, 'oom_kill'),
    },
  };
}

function readPids(cgroupPath: string): PidMetrics | undefined {
  const current = parseLimit(readKernelFile(`${cgroupPath}/pids.current`));
  if (typeof current !== 'number') return undefined;
  const peak = parseLimit(readKernelFile(`${cgroupPath}/pids.peak`));
  return {
    current,
    max: parseLimit(readKernelFile(`${cgroupPath}/pids.max`)) ?? null,
    ...(typeof peak === 'number' ? { peak } : {}),
  };
}

/**
 * What a container uses, from its cgroup2 directory (Documentation/admin-guide/cgroup-v2.rst). Controllers that the
 * kernel lacks are absent; a cgroup that is gone gives an entry with its id alone. `disks` lends io.stat its names.
 */
export function readContainerMetrics(
  id: string,
  cgroupPath: string,
  disks: readonly Disk[],
): ContainerMetrics {
  const cpu = readCpu(cgroupPath);
  const memory = readMemory(cgroupPath);
  const io = readKernelFile(`${cgroupPath}/io.stat`);
  const pids = readPids(cgroupPath);
  return {
    id,
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(io === undefined ? {} : { io: parseIoStat(io, disks) }),
    ...(pids === undefined ? {} : { pids }),
    pressure: readPressures((resource) => `${cgroupPath}/${resource}.pressure`),
  };
}
