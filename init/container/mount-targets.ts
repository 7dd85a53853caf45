import { lstatSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import type { SpecMount } from '../../protocol/oci/runtime-spec.ts';

/** As the kernel: more links than this are a loop (path_resolution(7)). */
const maxLinks = 40;

/** Trees that are mounted over whatever the root has there. */
const coveredTrees = ['/proc', '/sys', '/dev'];

const isCovered = (path: string, tops: readonly string[]): boolean =>
  tops.some((top) => path === top || path.startsWith(`${top}/`));

/**
 * Where a path leads inside a root that nobody uses yet, links included, also those that lead to nothing: there the
 * directory can be made. What is below `coveredBy` has another filesystem over it by then and stays as it is. A loop
 * of links stays as it is too: the mount says so.
 */
export function resolveMountTarget(rootPath: string, path: string, coveredBy: readonly string[]): string {
  const covered = [...coveredTrees, ...coveredBy];
  let resolved = '/';
  let links = 0;
  const pending = path.split('/');
  while (pending.length > 0) {
    const name = pending.shift() ?? '';
    const next = posix.join(resolved, name);
    if (isCovered(next, covered)) return posix.join(next, ...pending);
    const stats = lstatSync(`${rootPath}${next}`, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true) {
      resolved = next;
      continue;
    }
    links += 1;
    if (links > maxLinks) return path;
    const target = readlinkSync(`${rootPath}${next}`);
    if (target.startsWith('/')) resolved = '/';
    pending.unshift(...target.split('/'));
  }
  return resolved;
}

/** The mounts of a container with their destinations as they are in its root, each as those before it leave it. */
export function resolveMountTargets(rootPath: string, mounts: readonly SpecMount[]): SpecMount[] {
  const earlier: string[] = [];
  return mounts.map((mount) => {
    const destination = resolveMountTarget(rootPath, mount.destination, earlier);
    earlier.push(destination);
    return destination === mount.destination ? mount : { ...mount, destination };
  });
}
