import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCompiler } from '../../addon/compiler.ts';
import { buildReaper } from '../../addon/reaper/build.ts';
import { scratchDirectory } from '../../test/support/disks.ts';

/** Without libc's shared object, so that any root will do. */
const words = ['-std=gnu17', '-Wall', '-Wextra', '-Werror', '-Os', '-static', '-s'];

export interface Programs {
  /** Makes processes: `load.c`. */
  load: Uint8Array;
  /** What a container gets as its first process with --init, and the smallest process 1 of a machine. */
  reaper: Uint8Array;
}

/** Compiles the programs that go into the guests. */
export async function buildPrograms(): Promise<Programs> {
  using scratch = scratchDirectory();
  const [load, reaper] = ['load', 'reaper'].map((name) => join(scratch.path, name)) as [string, string];
  await runCompiler('the load', 'gcc', [...words, join(import.meta.dirname, 'load.c'), '-o', load]);
  await buildReaper(reaper);
  return { load: await readFile(load), reaper: await readFile(reaper) };
}
