import { checkBytes } from './check-bytes.ts';
import { maxCpuMaskBytes } from './limits.ts';
import type { Tolerance } from './plan-base.ts';
import { SystemOperations } from './system-operations.ts';

/** SCHED_ATTR_SIZE_VER0 and VER1: without and with the two utilization clamps. */
const schedulerAttributesBytes = { least: 48, most: 56 } as const;

/**
 * Operations on how the kernel schedules the process and what it pretends to be. They act on the calling thread:
 * use them in a plan for `spawn`, whose child has one thread. Programs inherit all of it.
 */
export class SchedulingOperations extends SystemOperations {
  /** personality(2) with PER_* and its bits, e.g. PER_LINUX32. */
  setPersonality(persona: number, tolerance?: Tolerance): this {
    return this.append('setPersonality', [persona], tolerance);
  }

  /**
   * sched_setattr(2) with a struct sched_attr of 48 or 56 bytes, whose field `size` tells the same number. EPERM
   * without the privilege or the limits (RLIMIT_RTPRIO, RLIMIT_NICE), EBUSY when SCHED_DEADLINE has no room.
   */
  setScheduler(attributes: Uint8Array, tolerance?: Tolerance): this {
    const { least, most } = schedulerAttributesBytes;
    checkBytes(attributes, {
      what: 'scheduler attributes',
      leastBytes: least,
      mostBytes: most,
      unitBytes: most - least,
    });
    return this.append('setScheduler', [attributes], tolerance);
  }

  /** ioprio_set(2): an IOPRIO_CLASS_* shifted by IOPRIO_CLASS_SHIFT, or'ed with a level from 0 to 7. */
  setIoPriority(priority: number, tolerance?: Tolerance): this {
    return this.append('setIoPriority', [priority], tolerance);
  }

  /**
   * sched_setaffinity(2): bit n of the mask, counted from the lowest bit of the first byte, is CPU n. EINVAL when
   * none of them is there or in the process's cpuset.
   */
  setCpuAffinity(mask: Uint8Array, tolerance?: Tolerance): this {
    checkBytes(mask, { what: 'a CPU mask', leastBytes: 1, mostBytes: maxCpuMaskBytes, unitBytes: 1 });
    return this.append('setCpuAffinity', [mask], tolerance);
  }
}
