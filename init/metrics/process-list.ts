import { readlinkSync } from 'node:fs';
import { maxFramePayloadBytes, maxProcessesPerReply, maxProcessTextLength } from '../../protocol/limits.ts';
import type { ProcessList, ProcessMetrics } from '../../protocol/metrics.ts';
import { readKernelFile } from '../machine/kernel-file.ts';
import { listCgroupPids } from './cgroup-pids.ts';
import type { CommandLines } from './command-lines.ts';
import { clockTickMs, readUptimeMs } from './machine-metrics.ts';
import { parseProcessStat, parseProcessStatus } from './process-files.ts';
import { jsonBytes } from './sample.ts';

/** What remains is for the reply around the list. */
const maxListBytes = maxFramePayloadBytes - 4096;

/** What a magic link of /proc/PID points to; absent for a process that has ended. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path).slice(0, maxProcessTextLength);
  } catch {
    return undefined;
  }
}

/** Everything about one process; `undefined` when it has ended meanwhile. */
async function readProcess(
  procRoot: string,
  pid: number,
  uptimeMs: number,
  commandLines: CommandLines,
): Promise<ProcessMetrics | undefined> {
  const directory = `${procRoot}/${pid}`;
  const stat = parseProcessStat(readKernelFile(`${directory}/stat`) ?? '');
  const status = parseProcessStatus(readKernelFile(`${directory}/status`) ?? '');
  if (stat === undefined || status === undefined) return undefined;
  const executable = linkTarget(`${directory}/exe`);
  const cwd = linkTarget(`${directory}/cwd`);
  return {
    pid,
    ...status,
    parentPid: stat.parentPid,
    state: stat.state,
    name: stat.name.slice(0, maxProcessTextLength),
    ...(executable === undefined ? {} : { executable }),
    ...(cwd === undefined ? {} : { cwd }),
    command: await commandLines.read(procRoot, pid),
    threads: stat.threads,
    cpuMs: stat.cpuTicks * clockTickMs,
    lifetimeMs: Math.max(0, uptimeMs - stat.startTicks * clockTickMs),
  };
}

export interface ProcessListOptions {
  /** cgroup2 directories of the containers. */
  cgroupPaths: readonly string[];
  /** Only pids above this. */
  after: number;
  commandLines: CommandLines;
  /** Where procfs is. */
  procRoot?: string;
}

/**
 * One reply's worth of processes in order of pid (KR 14): 64 at most, fewer when their texts are long. Those that end
 * meanwhile are left out. Reads /proc (proc(5)) and starts nothing; never rejects.
 */
export async function listProcesses(options: ProcessListOptions): Promise<ProcessList> {
  const { cgroupPaths, after, commandLines, procRoot = '/proc' } = options;
  const pids = cgroupPaths
    .flatMap(listCgroupPids)
    .filter((pid) => pid > after)
    .toSorted((one, other) => one - other);
  const uptimeMs = readUptimeMs(procRoot);
  const processes: ProcessMetrics[] = [];
  let lengthBytes = 0;
  for (const pid of pids) {
    if (processes.length === maxProcessesPerReply) return { processes, more: true };
    const process = await readProcess(procRoot, pid, uptimeMs, commandLines);
    if (process === undefined) continue;
    lengthBytes += jsonBytes(process) + 1;
    if (lengthBytes > maxListBytes) return { processes, more: true };
    processes.push(process);
  }
  return { processes, more: false };
}
