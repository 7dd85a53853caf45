import * as z from 'zod/mini';
import { lazySchema } from './lazy-schema.ts';

/** CPUs or memory nodes as cpuset(7) lists them. */
export const cpuListPattern = /^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/;
/** The kernel's range for the shares of cgroup v1, which become a weight. */
export const cpuSharesRange = { min: 2, max: 262_144 } as const;
/** The least that the kernel takes: a millisecond in each tenth of a second. */
export const minCpus = 0.01;
export const maxCpuLimit = 8192;
/** The smallest memory that a cgroup can have: a page. */
export const minMemoryBytes = 4096;

/** `launch.json`'s `limits`: what the container as a whole may use; what is absent is bounded by the machine alone. */
export const LimitsConfig = lazySchema(() => {
  const MemoryBytes = z.optional(z.int().check(z.minimum(minMemoryBytes)));
  const CpuList = z.optional(
    z.string().check(z.maxLength(4096), z.regex(cpuListPattern, 'expected a list such as "0-3,7"')),
  );
  return z.strictObject({
    memoryBytes: MemoryBytes,
    /** What it is left with when memory is short. */
    memoryReservationBytes: MemoryBytes,
    /** Memory and swap together; -1 for no limit. */
    memorySwapBytes: z.optional(z.int().check(z.minimum(-1))),
    pids: z.optional(z.int().check(z.minimum(1))),
    /** CPU time per time, such as 0.5 or 2. */
    cpus: z.optional(z.number().check(z.minimum(minCpus), z.maximum(maxCpuLimit))),
    /** Its part when CPUs are short, 1024 being the usual one. */
    cpuShares: z.optional(z.int().check(z.minimum(cpuSharesRange.min), z.maximum(cpuSharesRange.max))),
    cpusetCpus: CpuList,
    cpusetMems: CpuList,
  });
});
export type LimitsConfig = z.infer<typeof LimitsConfig>;
