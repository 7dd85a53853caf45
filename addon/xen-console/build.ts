/** Builds the backend of Xen's further consoles: one static program without a C library, the same bytes every time. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildStaticProgram } from '../static-program.ts';

const addonDirectory = dirname(import.meta.dirname);
const sharedFiles = [
  'bare_syscall.h',
  'first-stage/memory.cc',
  'program_start.h',
  'raw_syscall.h',
  'unique_fd.h',
];

/** Its sources, for whoever wants to know when to build it again. Sorted. */
export async function xenConsoleSources(): Promise<string[]> {
  const names = await readdir(import.meta.dirname);
  const own = names.map((name) => join(import.meta.dirname, name));
  const shared = [...sharedFiles, 'static-program.ts'].map((name) => join(addonDirectory, name));
  return [...own, ...shared].toSorted();
}

/**
 * Compiles the program to `outPath`, which appears whole or not at all. `compiler` must know C++23. Throws with the
 * compiler's own words when it fails.
 */
export async function buildXenConsole(outPath: string, compiler = 'g++'): Promise<void> {
  const sources = (await xenConsoleSources()).filter((path) => path.endsWith('.cc'));
  await buildStaticProgram('the console backend for Xen', { outPath, sources, compiler });
}
