import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CpioEntry, encodeCpio, parentDirectories } from '../../image/initramfs/cpio.ts';
import type { BenchPrograms } from '../machine/programs.ts';
import type { PeerBoot } from './peer.ts';

const directories = ['dev', 'proc', 'sys', 'tmp', 'run', 'root'];
/** A kernel opens it for its init before anything is mounted. */
const console: CpioEntry = { type: 'char', path: 'dev/console', mode: 0o600, major: 5, minor: 1 };

/** What is laid over the base: the kernel takes the last of several files with one name. */
export function initramfsEntries(boot: PeerBoot, mark: Uint8Array): CpioEntry[] {
  const files: CpioEntry[] = [...boot.entries, { type: 'file', path: 'mark', mode: 0o755, content: mark }];
  const paths = new Set([...directories, ...parentDirectories(files.map(({ path }) => path))]);
  return [
    ...[...paths].toSorted().map((path): CpioEntry => ({ type: 'directory', path, mode: 0o755 })),
    console,
    ...files,
  ];
}

async function* join(basePath: string | undefined, entries: CpioEntry[]): AsyncGenerator<Uint8Array> {
  if (basePath !== undefined) yield* createReadStream(basePath, { highWaterMark: 1024 * 1024 });
  yield* encodeCpio(entries);
}

/** Writes the initramfs of a peer, with /mark in it for machines that start with that. */
export async function writePeerInitramfs(
  outPath: string,
  boot: PeerBoot,
  { markPath }: BenchPrograms,
): Promise<void> {
  const entries = initramfsEntries(boot, await readFile(markPath));
  await pipeline(Readable.from(join(boot.basePath, entries)), createWriteStream(outPath));
}
