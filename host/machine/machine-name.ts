import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MachineDirectory } from './machine-directory.ts';

/** Where the names of machines are kept: one file per name beside the machines' directories, holding an id. */
export function namePath({ path }: MachineDirectory, name: string): string {
  return join(dirname(dirname(path)), 'names', name);
}

/** Gives a machine's name free, unless it belongs to another machine by now. */
export async function releaseName(directory: MachineDirectory, name: string): Promise<void> {
  const path = namePath(directory, name);
  const holder = await readFile(path, 'utf8').catch(() => '');
  if (holder.trim() === directory.id) await rm(path, { force: true });
}
