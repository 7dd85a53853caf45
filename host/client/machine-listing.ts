import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { machineState } from '../machine/liveness.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';
import { readRecord, readStatus } from '../machine/machine-files.ts';
import type { MachineInfo } from './types.ts';

function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/**
 * What the files of a machine say, and whether its processes are alive; `undefined` when there is no such machine
 * or it is not complete. Throws a FirstbornError for files that are damaged.
 */
export async function readMachine(directory: MachineDirectory): Promise<MachineInfo | undefined> {
  try {
    const record = await readRecord(directory);
    const status = await readStatus(directory);
    return { record, status, state: machineState(status), directory: directory.path };
  } catch (error) {
    if (isMissing(error instanceof FirstbornError ? error.cause : error)) return undefined;
    throw error;
  }
}

/** Ids of all that is in the machines' directory, complete or not; none when there is no directory yet. */
export async function listMachineIds(machinesDir: string): Promise<string[]> {
  try {
    const entries = await readdir(machinesDir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw new FirstbornError('host', `Cannot read "${machinesDir}"`, { cause });
  }
}

/** Every machine, the oldest first. One whose files are damaged is left out: it can be removed by hand alone. */
export async function listMachines(machinesDir: string): Promise<MachineInfo[]> {
  const found: MachineInfo[] = [];
  for (const id of await listMachineIds(machinesDir)) {
    const info = await readMachine(new MachineDirectory(join(machinesDir, id))).catch(() => undefined);
    if (info !== undefined) found.push(info);
  }
  return found.toSorted((one, other) => one.record.createdMs - other.record.createdMs);
}
