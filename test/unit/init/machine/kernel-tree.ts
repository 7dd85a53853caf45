import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** Makes a directory that looks like a piece of procfs, sysfs or a cgroup: texts by path. Gives its root. */
export function makeKernelTree(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = scratchDirectory(context);
  addKernelFiles(root, files);
  return root;
}

/** Adds files to such a directory, or replaces them. */
export function addKernelFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
