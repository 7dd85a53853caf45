import { readdirSync, rmdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const removalDeadlineMs = 1000;

/** Removes a cgroup, those below it first. Throws once `endMs` has come: a container decides how many there are. */
function removeTree(path: string, endMs: number): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(`${path}/${entry.name}`, endMs);
  }
  if (performance.now() > endMs) throw new Error(`Cannot remove "${path}" within ${removalDeadlineMs} ms`);
  rmdirSync(path);
}

/** Removes a cgroup whose processes have ended: EBUSY for some milliseconds after the last exit is normal. */
export async function removeCgroup(path: string): Promise<void> {
  const endMs = performance.now() + removalDeadlineMs;
  for (let pauseMs = 1; ; pauseMs *= 2) {
    try {
      removeTree(path, endMs);
      return;
    } catch (error) {
      if (performance.now() + pauseMs > endMs) throw error;
    }
    await sleep(pauseMs);
  }
}
