import * as z from 'zod/mini';
import { Offset, ShortText } from './fields.ts';

/**
 * What a machine and its container use, from cgroup2 and /proc. Counters count from the start of the machine or
 * container; a reader takes the difference of two samples. What the kernel does not offer is absent.
 */

const Count = z.number().check(z.minimum(0));
const Limit = z.nullable(Count);

/** One line of a PSI file (Documentation/accounting/psi.rst): shares in percent, the sum in microseconds. */
export const PressureLine = z.looseObject({ avg10: Count, avg60: Count, avg300: Count, totalUs: Count });
export type PressureLine = z.infer<typeof PressureLine>;
/** The kernel has no `full` for the whole machine's cpu. */
export const Pressure = z.looseObject({ some: PressureLine, full: z.optional(PressureLine) });
export type Pressure = z.infer<typeof Pressure>;
const PressureSet = z.looseObject({
  cpu: z.optional(Pressure),
  memory: z.optional(Pressure),
  io: z.optional(Pressure),
});

export const ContainerMetrics = z.looseObject({
  id: ShortText,
  cpu: z.optional(
    z.looseObject({
      usageUs: Count,
      userUs: Count,
      systemUs: Count,
      /** Absent without a cpu limit. */
      periods: z.optional(Count),
      throttledPeriods: z.optional(Count),
      throttledUs: z.optional(Count),
    }),
  ),
  memory: z.optional(
    z.looseObject({
      currentBytes: Offset,
      /** Linux 5.19. */
      peakBytes: z.optional(Offset),
      /** null: no limit. */
      maxBytes: Limit,
      highBytes: Limit,
      swapBytes: z.optional(Offset),
      anonymousBytes: Offset,
      fileBytes: Offset,
      kernelBytes: Offset,
      sharedBytes: Offset,
      inactiveFileBytes: Offset,
      /** memory.events: how often each happened. */
      events: z.looseObject({ low: Count, high: Count, max: Count, oom: Count, oomKill: Count }),
    }),
  ),
  io: z.optional(
    z.array(
      z.looseObject({
        device: ShortText,
        readBytes: Offset,
        writtenBytes: Offset,
        reads: Count,
        writes: Count,
      }),
    ),
  ),
  pids: z.optional(z.looseObject({ current: Count, max: Limit, peak: z.optional(Count) })),
  pressure: PressureSet,
});
export type ContainerMetrics = z.infer<typeof ContainerMetrics>;

export const MachineMetrics = z.looseObject({
  uptimeMs: Count,
  onlineCpus: z.int(),
  /** 1, 5 and 15 minutes. */
  load: z.tuple([Count, Count, Count]),
  cpu: z.looseObject({ userUs: Count, systemUs: Count, idleUs: Count, ioWaitUs: Count, stealUs: Count }),
  memory: z.looseObject({
    totalBytes: Offset,
    freeBytes: Offset,
    availableBytes: Offset,
    cachedBytes: Offset,
    swapTotalBytes: Offset,
    swapFreeBytes: Offset,
  }),
  pressure: PressureSet,
  disks: z.array(
    z.looseObject({
      name: ShortText,
      reads: Count,
      readBytes: Offset,
      writes: Count,
      writtenBytes: Offset,
      busyMs: Count,
    }),
  ),
  interfaces: z.array(
    z.looseObject({
      name: ShortText,
      receivedBytes: Offset,
      receivedPackets: Count,
      receiveErrors: Count,
      receiveDrops: Count,
      sentBytes: Offset,
      sentPackets: Count,
      sendErrors: Count,
      sendDrops: Count,
    }),
  ),
  /** init itself. */
  init: z.looseObject({ residentBytes: Offset, openFds: Count, heapUsedBytes: Offset }),
});
export type MachineMetrics = z.infer<typeof MachineMetrics>;

/** The result of `metrics` and the payload of a `sample` frame. */
export const Metrics = z.looseObject({
  /** Since the kernel started. */
  timeMs: Count,
  machine: MachineMetrics,
  containers: z.array(ContainerMetrics),
});
export type Metrics = z.infer<typeof Metrics>;

export const ProcessMetrics = z.looseObject({
  /** As init sees it, and as the process itself does. */
  pid: z.int(),
  containerPid: z.int(),
  parentPid: z.int(),
  /** One letter of proc(5). */
  state: ShortText,
  name: ShortText,
  executable: z.optional(ShortText),
  cwd: z.optional(ShortText),
  command: z.array(ShortText),
  residentBytes: Offset,
  virtualBytes: Offset,
  threads: z.int(),
  /** Time on a CPU. */
  cpuMs: Count,
  /** From its start until now. */
  lifetimeMs: Count,
  uid: z.int(),
  effectiveUid: z.int(),
  gid: z.int(),
  effectiveGid: z.int(),
});
export type ProcessMetrics = z.infer<typeof ProcessMetrics>;

/** The result of `processes`: in order of pid. `more`: ask again with the last pid as `after`. */
export const ProcessList = z.looseObject({ processes: z.array(ProcessMetrics), more: z.boolean() });
export type ProcessList = z.infer<typeof ProcessList>;
