import type { Occupation } from './idle-containers.ts';

/** By how much a machine has come to have in use more, in the units of Occupation. */
export interface Growth {
  usedBytes: number;
  initResidentBytes: number;
  initHeapBytes: number;
  initDescriptors: number;
}

/** What lies between two moments, divided by `count`. Pure. */
export function growthBetween(before: Occupation, after: Occupation, count = 1): Growth {
  return {
    usedBytes: (before.availableBytes - after.availableBytes) / count,
    initResidentBytes: (after.initResidentBytes - before.initResidentBytes) / count,
    initHeapBytes: (after.initHeapBytes - before.initHeapBytes) / count,
    initDescriptors: (after.initDescriptors - before.initDescriptors) / count,
  };
}

/**
 * The least that was in use at any of these moments. Garbage comes and goes; what stays is in the least as well. Throws
 * RangeError for no moment. Pure.
 */
export function leastOccupation(moments: readonly Occupation[]): Occupation {
  if (moments.length === 0) throw new RangeError('Cannot find the least of nothing');
  const least = (part: keyof Occupation): number => Math.min(...moments.map((moment) => moment[part]));
  return {
    availableBytes: Math.max(...moments.map(({ availableBytes }) => availableBytes)),
    initResidentBytes: least('initResidentBytes'),
    initHeapBytes: least('initHeapBytes'),
    initDescriptors: least('initDescriptors'),
  };
}

/**
 * Growth per cycle, from samples that were taken at the same distance: the least of their second half over the least of
 * their first. Pure.
 */
export function growthPerCycle(samples: readonly Occupation[], cyclesApart: number): Growth {
  const half = Math.floor(samples.length / 2);
  const [first, second] = [samples.slice(0, half), samples.slice(-half)];
  return growthBetween(
    leastOccupation(first),
    leastOccupation(second),
    (samples.length - half) * cyclesApart,
  );
}
