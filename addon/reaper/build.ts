/** Builds the reaper: one static program without a C library, some kilobytes long, the same bytes every time. */
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCompiler } from '../compiler.ts';

const flags = [
  '-std=c17',
  '-Os',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-D_GNU_SOURCE',
  '-ffreestanding',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-fno-pic',
  '-nostdlib',
  '-static',
  '-no-pie',
  '-s',
  '-Wl,--build-id=none',
  '-Wl,-z,noexecstack',
  '-Wl,-z,norelro',
];

/** Its sources, for whoever wants to know when to build it again. Sorted. */
export async function reaperSources(): Promise<string[]> {
  const names = await readdir(import.meta.dirname);
  const own = names.toSorted().map((name) => join(import.meta.dirname, name));
  return [join(import.meta.dirname, '../program_start.h'), ...own];
}

/**
 * Compiles the reaper to `outPath`, which appears whole or not at all. `compiler` must know C17. Throws with the
 * compiler's own words when it fails.
 */
export async function buildReaper(outPath: string, compiler = 'gcc'): Promise<void> {
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  try {
    const source = join(import.meta.dirname, 'reaper.c');
    await runCompiler('the reaper', compiler, [...flags, source, '-o', temporaryPath]);
    await rename(temporaryPath, outPath);
  } finally {
    await rm(temporaryPath, { force: true });
  }
}
