import { mainContainerId } from '../../protocol/names.ts';
import type { Metrics } from '../client/index.ts';

type ContainerMetrics = Metrics['containers'][number];

/** What `firstborn stats` shows of a machine. `undefined` is what its kernel does not tell, or not yet. */
export interface StatsFigures {
  /** Of the time between two samples; 100 is one CPU. */
  cpuPercent: number | undefined;
  /** Without file contents that the kernel could drop at once. */
  memoryBytes: number | undefined;
  memoryLimitBytes: number;
  memoryPercent: number | undefined;
  /** Since the machine's start. */
  receivedBytes: number;
  sentBytes: number;
  readBytes: number;
  writtenBytes: number;
  pids: number | undefined;
  /** Percent of the last ten seconds in which some process waited for it. */
  pressure: { cpu: number | undefined; memory: number | undefined; io: number | undefined };
}

/** The figures of a sample, those that are rates since an earlier one of the same boot. Pure. */
export function statsFigures(latest: Metrics, earlier?: Metrics): StatsFigures {
  const container = mainContainer(latest);
  const memoryBytes = usedMemoryBytes(container);
  const memoryLimitBytes = limitBytes(latest, container);
  const outside = latest.machine.interfaces.filter(({ name }) => name !== 'lo');
  const disks = container?.io ?? latest.machine.disks;
  return {
    cpuPercent: earlier === undefined ? undefined : cpuPercent(latest, earlier),
    memoryBytes,
    memoryLimitBytes,
    memoryPercent:
      memoryBytes === undefined || memoryLimitBytes === 0
        ? undefined
        : (memoryBytes / memoryLimitBytes) * 100,
    receivedBytes: sum(outside.map((one) => one.receivedBytes)),
    sentBytes: sum(outside.map((one) => one.sentBytes)),
    readBytes: sum(disks.map((disk) => disk.readBytes)),
    writtenBytes: sum(disks.map((disk) => disk.writtenBytes)),
    pids: container?.pids?.current,
    pressure: {
      cpu: container?.pressure.cpu?.some.avg10,
      memory: container?.pressure.memory?.some.avg10,
      io: container?.pressure.io?.some.avg10,
    },
  };
}

function mainContainer({ containers }: Metrics): ContainerMetrics | undefined {
  return containers.find(({ id }) => id === mainContainerId);
}

function cpuPercent(latest: Metrics, earlier: Metrics): number | undefined {
  const usageUs = mainContainer(latest)?.cpu?.usageUs;
  const earlierUs = mainContainer(earlier)?.cpu?.usageUs;
  const elapsedMs = latest.timeMs - earlier.timeMs;
  // Counters that went back are those of another boot.
  if (usageUs === undefined || earlierUs === undefined || usageUs < earlierUs || elapsedMs <= 0)
    return undefined;
  return ((usageUs - earlierUs) / 1000 / elapsedMs) * 100;
}

function usedMemoryBytes(container: ContainerMetrics | undefined): number | undefined {
  const memory = container?.memory;
  return memory === undefined ? undefined : Math.max(0, memory.currentBytes - memory.inactiveFileBytes);
}

function limitBytes({ machine }: Metrics, container: ContainerMetrics | undefined): number {
  const { totalBytes } = machine.memory;
  return Math.min(container?.memory?.maxBytes ?? totalBytes, totalBytes);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
