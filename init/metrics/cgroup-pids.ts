import { readdirSync } from 'node:fs';
import { readKernelFile } from '../machine/kernel-file.ts';

/** Bounds for what a container can make: one that goes beyond them is shown in part. */
const maxCgroups = 1024;
const maxPids = 32_768;

function subdirectories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${path}/${entry.name}`);
  } catch {
    return []; // removed a moment ago
  }
}

/**
 * Pids of all processes in a cgroup2 directory and below it, each once, in ascending order, as the caller's pid
 * namespace has them.
 */
export function listCgroupPids(cgroupPath: string): number[] {
  const pids = new Set<number>();
  const directories = [cgroupPath];
  for (const directory of directories) {
    // A threaded cgroup refuses to be read; its processes are in the list of the one above it.
    const text = readKernelFile(`${directory}/cgroup.procs`) ?? '';
    for (const line of text.split('\n')) {
      const pid = Number(line);
      if (pid > 0) pids.add(pid);
    }
    if (pids.size >= maxPids) break;
    directories.push(...subdirectories(directory).slice(0, maxCgroups - directories.length));
  }
  return [...pids].toSorted((one, other) => one - other);
}
