import { access, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, ownIdentity } from './liveness.ts';

/**
 * A machine's directory names the process that prepares it, so that a later one can tell what a killed one
 * left behind. From its first status on a directory is a machine's, and nobody removes it unasked.
 */
const ownerName = 'owner';
/** The names that show that a directory is more than a beginning. */
const finishedNames = ['status.json', 'machine.json', 'console.log'];
/** A directory that does not even name its owner is that of a process killed at once, after this time. */
const namelessAgeMs = 60 * 60 * 1000;

/** Marks a machine's directory as being prepared by this process. */
export async function writeOwner(directory: string): Promise<void> {
  const { pid, startTicks } = ownIdentity();
  await writeFile(join(directory, ownerName), `${pid} ${startTicks}\n`, { mode: 0o600 });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Whether the process that prepares a directory still lives; `undefined` when none is named. */
async function hasLivingOwner(directory: string): Promise<boolean | undefined> {
  const owner = await readFile(join(directory, ownerName), 'utf8').catch(() => '');
  const [pid, startTicks] = owner.trim().split(' ');
  if (pid === undefined || startTicks === undefined) return undefined;
  return isAlive({ pid: Number(pid), startTicks });
}

async function isUnfinished(directory: string): Promise<boolean> {
  if (await exists(join(directory, 'status.json'))) return false;
  const isOwned = await hasLivingOwner(directory);
  if (isOwned !== undefined) return !isOwned;
  for (const name of finishedNames) if (await exists(join(directory, name))) return false;
  return Date.now() - (await stat(directory)).mtimeMs > namelessAgeMs;
}

/**
 * Removes the directories of machines whose preparation was killed. Kept console logs, machines and whatever
 * is being prepared stay. Never throws: tidying up is no one's task.
 */
export async function removeUnfinishedMachines(machinesDir: string): Promise<void> {
  try {
    for (const entry of await readdir(machinesDir, { withFileTypes: true })) {
      const path = join(machinesDir, entry.name);
      if (entry.isDirectory() && (await isUnfinished(path))) await rm(path, { recursive: true, force: true });
    }
  } catch {
    // No directory yet, or another process was faster.
  }
}
