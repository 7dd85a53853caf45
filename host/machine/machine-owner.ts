import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

/**
 * A machine's directory names the process that owns it, so that a later run can tell what a killed one left
 * behind. A directory without that file is kept on purpose: a console log after a failure, or `--keep`.
 */
const ownerName = 'owner';

/** Start time in clock ticks since boot, field 22 of /proc/PID/stat (proc(5)): a pid alone comes again. */
async function processIdentity(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold anything, more parentheses included.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${pid} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Marks a machine's directory as owned by this process. */
export async function writeOwner(directory: string): Promise<void> {
  const identity = (await processIdentity(process.pid)) ?? `${process.pid} -`;
  await writeFile(join(directory, ownerName), `${identity}\n`);
}

/** Takes the mark away: the directory stays until somebody removes it. */
export async function disown(directory: string): Promise<void> {
  await rm(join(directory, ownerName), { force: true });
}

function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function isAbandoned(directory: string): Promise<boolean> {
  let owner: string;
  try {
    owner = (await readFile(join(directory, ownerName), 'utf8')).trim();
  } catch {
    return false;
  }
  const pid = Number(owner.split(' ')[0]);
  if (owner === '' || (await processIdentity(pid)) === owner) return false;
  // The machine outlived its owner: it will end by itself, and a later run tidies up.
  return !(await isListening(join(directory, 'channel.sock')));
}

/** Removes the directories of machines whose owner was killed. Never throws: tidying up is no one's task. */
export async function removeAbandonedMachines(machinesDir: string): Promise<void> {
  try {
    for (const entry of await readdir(machinesDir, { withFileTypes: true })) {
      const path = join(machinesDir, entry.name);
      if (entry.isDirectory() && (await isAbandoned(path))) await rm(path, { recursive: true, force: true });
    }
  } catch {
    // No directory yet, or another run was faster.
  }
}
