import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { ownBytes } from './proc-text.ts';

const memoryFileName = 'memory-backend-memfd';
const blockBytes = 512;

/** Puts the guest's memory into a file of its own, so that it can be told from QEMU's. */
export function sharedMemoryArguments(memoryMiB: number): string[] {
  return [
    '-object',
    `memory-backend-memfd,id=ram,size=${memoryMiB}M,share=on`,
    '-machine',
    'memory-backend=ram',
  ];
}

/** What a file of memory holds: holes are what nobody has touched. */
async function memoryFileBytes(pid: number): Promise<number> {
  const directory = `/proc/${pid}/fd`;
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const target = await readlink(path).catch(() => '');
    if (target.startsWith(`/memfd:${memoryFileName}`)) return (await stat(path)).blocks * blockBytes;
  }
  throw new FirstbornError('host', `Cannot find the guest's memory among the descriptors of process ${pid}`);
}

/**
 * Memory of a process's own, anonymous or swapped out: pages of files come and go with the host's cache. Throws a
 * FirstbornError of code `host` when it has ended.
 */
export async function processBytes(pid: number): Promise<number> {
  const bytes = ownBytes(await readFile(`/proc/${pid}/status`, 'utf8'));
  if (bytes === undefined) throw new FirstbornError('host', `Cannot read the memory of process ${pid}`);
  return bytes;
}

/** What a QEMU with `sharedMemoryArguments` takes of the host. */
export async function hostMemory(pid: number): Promise<{ touchedBytes: number; qemuBytes: number }> {
  return { touchedBytes: await memoryFileBytes(pid), qemuBytes: await processBytes(pid) };
}
