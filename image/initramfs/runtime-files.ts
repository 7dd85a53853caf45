import { readFile } from 'node:fs/promises';
import { guestReaperPath } from '../../protocol/names.ts';
import { type ClosureFile, collectClosure, type RuntimeArchitecture } from './closure.ts';
import type { CpioEntry } from './cpio.ts';

/** Paths in init's root that init, its bundle's first line and the build agree on. */
export const initramfsPaths = {
  /** The bundle itself: a script whose interpreter is Node. With a runtime disk the first stage is in its place. */
  init: 'init',
  node: 'bin/node',
  addon: 'lib/firstborn/addon.node',
  /** A static program, to be process 1 of a container that wants one. */
  reaper: guestReaperPath.slice(1),
} as const;

/** What init runs on, as the build has made it. */
export interface RuntimeParts {
  /** Stripped Node binary. */
  nodePath: string;
  /** The bundle, beginning with `#!/bin/node`. */
  bundlePath: string;
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
    readEntry(parts.bundlePath, initramfsPaths.init, 0o755),
    readEntry(parts.addonPath, initramfsPaths.addon, 0o644),
    ...libraries.map(readLibrary),
  ]);
}
