import { FirstbornError } from '../../protocol/errors.ts';
import { cpuListPattern, cpuSharesRange, maxCpuLimit, minCpus } from '../../protocol/limits-config.ts';
import type { WorkloadOptions } from '../launch/launch-config.ts';
import type { GivenOptions } from './option-parser.ts';
import { readByteCount, readInteger, readText, refuseValue } from './option-values.ts';

type Limits = WorkloadOptions['limits'];

/** The kernel's own limit of pids (PID_MAX_LIMIT). */
const maxPidsLimit = 4 * 1024 * 1024;
/** Docker's: with less hardly a program starts. */
const minMemoryLimitBytes = 6 * 1024 * 1024;

/** Reads what the container may use; what is not given is not in the result. Throws a FirstbornError of code `usage`. */
export function readLimits(options: GivenOptions): Limits {
  const pids = options.last('pids-limit');
  const cpus = options.last('cpu-limit');
  const shares = options.last('cpu-shares');
  return {
    ...readMemoryLimits(options),
    ...(pids === undefined ? {} : { pids: readInteger('pids-limit', pids, { min: 1, max: maxPidsLimit }) }),
    ...(cpus === undefined ? {} : { cpus: readCpuLimit(cpus) }),
    ...(shares === undefined ? {} : { cpuShares: readInteger('cpu-shares', shares, cpuSharesRange) }),
    ...readCpuList(options, 'cpuset-cpus', 'cpusetCpus'),
    ...readCpuList(options, 'cpuset-mems', 'cpusetMems'),
  };
}

function readMemoryLimits(options: GivenOptions): Limits {
  const limit = readMemory(options, 'memory-limit');
  const reservation = readMemory(options, 'memory-reservation');
  const swap = options.last('memory-swap') === '-1' ? -1 : readMemory(options, 'memory-swap');
  if (swap !== undefined && limit === undefined) {
    throw new FirstbornError('usage', 'Cannot use --memory-swap without --memory-limit');
  }
  for (const [name, bytes] of [
    ['memory-reservation', reservation],
    ['memory-swap', swap === -1 ? undefined : swap],
  ] as const) {
    if (bytes === undefined || limit === undefined) continue;
    const isBad = name === 'memory-swap' ? bytes < limit : bytes > limit;
    const relation = name === 'memory-swap' ? 'less' : 'more';
    if (isBad) throw new FirstbornError('usage', `Cannot use --${name} with ${relation} than --memory-limit`);
  }
  return {
    ...(limit === undefined ? {} : { memoryBytes: limit }),
    ...(reservation === undefined ? {} : { memoryReservationBytes: reservation }),
    ...(swap === undefined ? {} : { memorySwapBytes: swap }),
  };
}

function readMemory(options: GivenOptions, name: string): number | undefined {
  const text = options.last(name);
  if (text === undefined) return undefined;
  return readByteCount(name, text, { min: minMemoryLimitBytes, example: 'a size of at least 6m' });
}

function readCpuLimit(text: string): number {
  const cpus = /^\d{1,4}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (cpus >= minCpus && cpus <= maxCpuLimit) return cpus;
  throw refuseValue('cpu-limit', text, `a number of CPUs from ${minCpus} to ${maxCpuLimit}`);
}

function readCpuList(options: GivenOptions, name: string, key: 'cpusetCpus' | 'cpusetMems'): Limits {
  const text = options.last(name);
  if (text === undefined) return {};
  return { [key]: readText(name, text, (list) => cpuListPattern.test(list), 'a list such as 0-2,4') };
}
