import { existsSync, readFileSync } from 'node:fs';
import type { Plan } from '../../addon/plan.ts';
import type { LaunchConfig } from '../../protocol/launch-config.ts';
import { guestRuntimePath } from '../../protocol/names.ts';

/** What a cgroup may use at most; what is absent has no limit of its own. */
export type CgroupLimits = LaunchConfig['limits'];

/** What all containers together must leave for init and the kernel. */
const reservedBytes = 32 * 1024 * 1024;
const pidsShare = 0.9;

/** What there is to share out. */
export interface SharedMachine {
  maxThreads: number;
  availableBytes: number;
  /** Of what is available: pages of init's runtime, which the kernel could drop and would have to read again. */
  runtimeBytes: number;
}

/**
 * The bound of all containers together, whatever is asked for each: processes short of the kernel's own limit
 * and memory short of what is free, so that a fork bomb or a leak meets its cgroup's limit before init does. Pure.
 */
export function protectiveLimits({ maxThreads, availableBytes, runtimeBytes }: SharedMachine): CgroupLimits {
  const keptBytes = reservedBytes + runtimeBytes;
  return {
    pids: Math.max(1, Math.floor(maxThreads * pidsShare)),
    // On a machine where the reserve is most of it, half is what there is to give.
    memoryBytes: Math.max(availableBytes - keptBytes, Math.floor(availableBytes / 2)),
  };
}

/** A line such as `MemAvailable:  1024 kB` of a file in /proc, in bytes; `undefined` when there is none. */
function parseBytes(text: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** MemAvailable of /proc/meminfo in bytes; `undefined` when there is no such line. Pure. */
export function parseAvailableBytes(meminfo: string): number | undefined {
  return parseBytes(meminfo, 'MemAvailable');
}

/** On a disk init's runtime is memory that counts as available; in the initramfs it does not. */
function readRuntimeBytes(procPath: string, runtimePath: string): number {
  if (!existsSync(`${runtimePath}/init`)) return 0;
  return parseBytes(readFileSync(`${procPath}/self/status`, 'latin1'), 'RssFile') ?? 0;
}

/** The same from this machine, as it is now; empty when /proc does not say. */
export function readProtectiveLimits(procPath = '/proc', runtimePath = guestRuntimePath): CgroupLimits {
  const maxThreads = Number(readFileSync(`${procPath}/sys/kernel/threads-max`, 'latin1'));
  const availableBytes = parseAvailableBytes(readFileSync(`${procPath}/meminfo`, 'latin1'));
  return availableBytes === undefined
    ? {}
    : protectiveLimits({ maxThreads, availableBytes, runtimeBytes: readRuntimeBytes(procPath, runtimePath) });
}

/** A kernel without the controller has no such file; the container then runs without the limit, with a warning. */
export function writeLimits(plan: Plan, directory: string, { memoryBytes, pids }: CgroupLimits): void {
  const files = [
    ['memory.max', memoryBytes],
    ['pids.max', pids],
  ] as const;
  for (const [name, limit] of files) {
    if (limit !== undefined) plan.writeFile(`${directory}/${name}`, String(limit), {}, { orWarn: true });
  }
}
