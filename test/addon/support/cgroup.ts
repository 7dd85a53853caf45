import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where cgroup2 is mounted on this machine: /sys/fs/cgroup, or below it beside version 1. */
export function cgroupRoot(): string {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const target = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
  if (target === undefined) throw new Error('Cannot find a cgroup2 mount');
  return target;
}

/** A cgroup for one test. `remove` works once its processes have been reaped. */
export function makeCgroup(name: string): { path: string; remove(): void } {
  const path = join(cgroupRoot(), `${name}-${process.pid}`);
  mkdirSync(path);
  return { path, remove: () => rmdirSync(path) };
}
