import type { SpecResources } from '../../../protocol/oci/runtime-spec.ts';
import { refuseValue } from '../refuse-value.ts';
import { addFile, type CgroupFile } from './cgroup-file.ts';
import { parseCpuList } from './cpu-list.ts';
import { limitText, wholeNumber } from './limit-text.ts';

type SpecCpu = NonNullable<SpecResources['cpu']>;

const path = 'linux.resources.cpu';
/** The bounds between which cgroup1 put any number of shares. */
const minShares = 2;
const maxShares = 262_144;
/** The kernel's bounds of cpu.max, and its default period. */
const minQuotaMicroseconds = 1000;
const minPeriodMicroseconds = 1000;
const maxPeriodMicroseconds = 1_000_000;
const defaultPeriodMicroseconds = 100_000;

/** [2, 262144] to [1, 10000] in a straight line, rounded down, as runc 1.1 does it. */
function weightText(shares: number | undefined): string | undefined {
  if (shares === undefined || shares === 0) return undefined;
  wholeNumber(shares, 0, Number.MAX_SAFE_INTEGER, `${path}.shares`);
  const bounded = Math.min(Math.max(shares, minShares), maxShares);
  return String(1 + Math.floor(((bounded - minShares) * 9999) / (maxShares - minShares)));
}

function quotaText(quota: number): string {
  if (quota <= 0) return 'max';
  if (quota < minQuotaMicroseconds) {
    refuseValue(`${path}.quota`, `expected at least ${minQuotaMicroseconds} (microseconds), got ${quota}`);
  }
  return limitText(quota, `${path}.quota`);
}

function maxText({ quota = 0, period = 0 }: SpecCpu): string | undefined {
  if (quota === 0 && period === 0) return undefined;
  const given = period === 0 ? defaultPeriodMicroseconds : period;
  wholeNumber(given, minPeriodMicroseconds, maxPeriodMicroseconds, `${path}.period`);
  return `${quotaText(quota)} ${given}`;
}

function burstText({ burst, quota = 0 }: SpecCpu): string | undefined {
  if (burst === undefined) return undefined;
  wholeNumber(burst, 0, Number.MAX_SAFE_INTEGER, `${path}.burst`);
  if (quota > 0 && burst > quota) {
    refuseValue(`${path}.burst`, `expected at most the quota, ${quota}, got ${burst}`);
  }
  return String(burst);
}

function listText(list: string | undefined, listPath: string): string | undefined {
  if (list === undefined || list === '') return undefined;
  parseCpuList(list, listPath);
  return list;
}

/** Shares of CPU time, in the order that the kernel takes: no burst above a quota, no weight for what is idle. Pure. */
export function cpuFiles(cpu: SpecCpu): CgroupFile[] {
  const files: CgroupFile[] = [];
  addFile(files, 'cpu.weight', weightText(cpu.shares));
  addFile(files, 'cpu.max', maxText(cpu));
  addFile(files, 'cpu.max.burst', burstText(cpu));
  if (cpu.idle !== undefined) addFile(files, 'cpu.idle', String(wholeNumber(cpu.idle, 0, 1, `${path}.idle`)));
  addFile(files, 'cpuset.cpus', listText(cpu.cpus, `${path}.cpus`));
  addFile(files, 'cpuset.mems', listText(cpu.mems, `${path}.mems`));
  return files;
}
