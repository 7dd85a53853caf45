import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CpioEntry, encodeCpio, parentDirectories } from './cpio.ts';
import { checkClosure, collectClosure, type RuntimeArchitecture } from './closure.ts';

/** Paths inside the initramfs that init, its bundle's first line and the build agree on. */
export const initramfsPaths = {
  /** The bundle itself: a script whose interpreter is Node. */
  init: 'init',
  node: 'bin/node',
  addon: 'lib/firstborn/addon.node',
  /** A static program, to be process 1 of a container that wants one. */
  reaper: 'lib/firstborn/reaper',
} as const;

export interface BaseInitramfsParts {
  /** Stripped Node binary. */
  nodePath: string;
  /** The bundle, beginning with `#!/bin/node`. */
  bundlePath: string;
  addonPath: string;
  reaperPath: string;
  architecture: RuntimeArchitecture;
}

/** The kernel opens /dev/console for init before anything is mounted, and Node aborts without fds 0 to 2. */
const deviceNodes: CpioEntry[] = [
  { type: 'char', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
  { type: 'char', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
];

const directoryModes: Record<string, number> = { root: 0o700, proc: 0o555, sys: 0o555, tmp: 0o1777 };
const mountPoints = ['dev', 'proc', 'sys', 'root', 'tmp', 'run'];

async function readEntry(path: string, guestPath: string, mode: number): Promise<CpioEntry> {
  return { type: 'file', path: guestPath, mode, content: await readFile(path) };
}

/** Lists the archive: directories, then device nodes, then files, each sorted. Proves it complete. */
export async function baseInitramfsEntries(parts: BaseInitramfsParts): Promise<CpioEntry[]> {
  const closure = await collectClosure([parts.nodePath, parts.addonPath], parts.architecture);
  const files = await Promise.all([
    readEntry(parts.bundlePath, initramfsPaths.init, 0o755),
    readEntry(parts.nodePath, initramfsPaths.node, 0o755),
    readEntry(parts.addonPath, initramfsPaths.addon, 0o644),
    readEntry(parts.reaperPath, initramfsPaths.reaper, 0o755),
    ...closure.map((file) => readEntry(file.hostPath, file.guestPath, 0o755)),
  ]);
  const directories = new Set([...mountPoints, ...parentDirectories(files.map((file) => file.path))]);
  const entries: CpioEntry[] = [
    ...[...directories]
      .toSorted()
      .map((path): CpioEntry => ({ type: 'directory', path, mode: directoryModes[path] ?? 0o755 })),
    ...deviceNodes,
    ...files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  ];
  checkClosure(entries, parts.architecture);
  return entries;
}

/** Writes the kernel-independent archive. Uncompressed: unpacking costs more than reading, by far. */
export async function writeBaseInitramfs(outPath: string, parts: BaseInitramfsParts): Promise<void> {
  const entries = await baseInitramfsEntries(parts);
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  await pipeline(Readable.from(encodeCpio(entries)), createWriteStream(temporaryPath));
  await rename(temporaryPath, outPath);
}
