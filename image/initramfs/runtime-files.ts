import { readFile } from 'node:fs/promises';
import { guestReaperPath } from '../../protocol/names.ts';
import { type ClosureFile, collectClosure, type RuntimeArchitecture } from './closure.ts';
import type { CpioEntry } from './cpio.ts';

/** Paths in init's root that init, its bundle's first line and the build agree on. */
export const initramfsPaths = {
  /** The loader: a script whose interpreter is Node. With a runtime disk the first stage is in its place. */
  init: 'init',
  node: 'bin/node',
  bundle: 'lib/firstborn/init.js',
  /** What V8 compiled of the bundle. */
  codeCache: 'lib/firstborn/init.cache',
  addon: 'lib/firstborn/addon.node',
  /** A static program, to be process 1 of a container that wants one. */
  reaper: guestReaperPath.slice(1),
} as const;

/** What init runs on, as the build has made it. */
export interface RuntimeParts {
  /** Stripped Node binary. */
  nodePath: string;
  /** The program that is /init, beginning with `#!/bin/node`. */
  initPath: string;
  /** Further files of its own, e.g. the bundle that it loads: path in init's root to path on this machine. */
  initFiles: Readonly<Record<string, string>>;
  addonPath: string;
  architecture: RuntimeArchitecture;
}

export type FileEntry = Extract<CpioEntry, { type: 'file' }>;

export async function readEntry(path: string, guestPath: string, mode: number): Promise<FileEntry> {
  return { type: 'file', path: guestPath, mode, content: await readFile(path) };
}

const readLibrary = ({ hostPath, guestPath }: ClosureFile): Promise<FileEntry> =>
  readEntry(hostPath, guestPath, 0o755);

/** The files of init and its runtime, under the paths that they have in init's root, in a fixed order: Node first. */
export async function runtimeFiles(parts: RuntimeParts): Promise<FileEntry[]> {
  const libraries = await collectClosure([parts.nodePath, parts.addonPath], parts.architecture);
  return await Promise.all([
    readEntry(parts.nodePath, initramfsPaths.node, 0o755),
    readEntry(parts.initPath, initramfsPaths.init, 0o755),
    ...Object.entries(parts.initFiles).map(([guestPath, path]) => readEntry(path, guestPath, 0o644)),
    readEntry(parts.addonPath, initramfsPaths.addon, 0o644),
    ...libraries.map(readLibrary),
  ]);
}
