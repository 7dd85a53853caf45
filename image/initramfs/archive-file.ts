import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CpioEntry, encodeCpio, parentDirectories } from './cpio.ts';

/** The kernel opens /dev/console for init before anything is mounted, and Node aborts without fds 0 to 2. */
const deviceNodes: CpioEntry[] = [
  { type: 'char', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
  { type: 'char', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
];

const directoryModes: Record<string, number> = { root: 0o700, proc: 0o555, sys: 0o555, tmp: 0o1777 };
const mountPoints = ['dev', 'proc', 'sys', 'root', 'tmp', 'run'];

const byPath = (a: CpioEntry, b: CpioEntry): number => (a.path < b.path ? -1 : 1);

/** What else an archive has beside its files. */
export interface ArchiveExtras {
  directories?: readonly string[];
  deviceNodes?: readonly CpioEntry[];
}

/** The entries of a whole initramfs around `files`: directories, then device nodes, then files, each sorted. */
export function archiveEntries(files: readonly CpioEntry[], extras: ArchiveExtras = {}): CpioEntry[] {
  const above = parentDirectories(files.map((file) => file.path));
  const directories = new Set([...mountPoints, ...(extras.directories ?? []), ...above]);
  return [
    ...[...directories]
      .toSorted()
      .map((path): CpioEntry => ({ type: 'directory', path, mode: directoryModes[path] ?? 0o755 })),
    ...deviceNodes,
    ...(extras.deviceNodes ?? []),
    ...files.toSorted(byPath),
  ];
}

/** Writes an archive, uncompressed: unpacking costs more than reading, by far. It appears whole or not at all. */
export async function writeArchive(outPath: string, entries: readonly CpioEntry[]): Promise<void> {
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  try {
    await pipeline(Readable.from(encodeCpio(entries)), createWriteStream(temporaryPath));
    await rename(temporaryPath, outPath);
  } finally {
    await rm(temporaryPath, { force: true });
  }
}
