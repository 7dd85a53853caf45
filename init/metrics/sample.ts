import { maxFramePayloadBytes } from '../../protocol/limits.ts';
import type { ContainerMetrics, Metrics } from '../../protocol/metrics.ts';
import { sinceKernelStartMs } from '../boot/clock.ts';
import { readKernelFile } from '../machine/kernel-file.ts';
import { readContainerMetrics } from './container-metrics.ts';
import { parseDiskstats } from './disks.ts';
import { readMachineMetrics } from './machine-metrics.ts';

/** A container as what measures it needs it. */
export interface MeteredContainer {
  id: string;
  /** Its cgroup2 directory. */
  cgroupPath: string;
  /** Its first process. */
  pid: number;
}

/** What remains is for the reply around the metrics. */
const maxMetricsBytes = maxFramePayloadBytes - 1024;

export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * Measures the machine and its containers, now. Reads files of the kernel and starts nothing; never throws. What would
 * not fit one frame is left out: the containers at the end of the list.
 */
export function takeSample(containers: readonly MeteredContainer[], procRoot = '/proc'): Metrics {
  const disks = parseDiskstats(readKernelFile(`${procRoot}/diskstats`) ?? '');
  const machine = readMachineMetrics(procRoot, disks);
  const measured: ContainerMetrics[] = [];
  let lengthBytes = jsonBytes(machine);
  for (const { id, cgroupPath } of containers) {
    const metrics = readContainerMetrics(id, cgroupPath, disks);
    lengthBytes += jsonBytes(metrics) + 1;
    if (lengthBytes > maxMetricsBytes) break;
    measured.push(metrics);
  }
  return { timeMs: sinceKernelStartMs(), machine, containers: measured };
}
