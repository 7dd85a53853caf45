import { refuseValue } from '../refuse-value.ts';

/** The most CPUs that a kernel is built for (NR_CPUS). */
const maxCpus = 8192;

/** Both ends belong to it. */
export interface CpuRange {
  first: number;
  last: number;
}

function parseRange(part: string): CpuRange | undefined {
  const match = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last < maxCpus ? { first, last } : undefined;
}

/** Reads a list such as `0-3,7`, of CPUs or memory nodes. Throws a FirstbornError that names `path`. Pure. */
export function parseCpuList(list: string, path: string): CpuRange[] {
  return list.split(',').map((part) => {
    const range = parseRange(part);
    if (range !== undefined) return range;
    return refuseValue(
      path,
      `expected numbers below ${maxCpus} and ranges such as "0-3,7", got ${JSON.stringify(list)}`,
    );
  });
}

/**
 * The list as a mask for `Plan.setCpuAffinity` (sched_setaffinity(2)), little-endian, in whole words of 64 bits. Throws as
 * `parseCpuList`. Pure.
 */
export function cpuMask(list: string, path = 'process.execCPUAffinity'): Uint8Array {
  const ranges = parseCpuList(list, path);
  const last = Math.max(...ranges.map((range) => range.last));
  const mask = new Uint8Array((Math.floor(last / 64) + 1) * 8);
  for (const range of ranges) {
    for (let cpu = range.first; cpu <= range.last; cpu += 1) {
      mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
    }
  }
  return mask;
}
