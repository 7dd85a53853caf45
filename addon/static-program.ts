import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { runCompiler } from './compiler.ts';

const flags = [
  '-std=c++23',
  '-O2', // sys/sysmacros.h is functions of the C library for what is to be small
  '-Wall',
  '-Wextra',
  '-Werror',
  '-D_GNU_SOURCE',
  '-DFIRSTBORN_NO_LIBC',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-fno-threadsafe-statics',
  // first-stage/memory.cc must not become a call of itself.
  '-fno-tree-loop-distribute-patterns',
  '-fno-pic',
  '-flto',
  '-nostdlib',
  '-static',
  '-no-pie',
  '-s',
  '-Wl,--build-id=none',
  '-Wl,--gc-sections',
  '-Wl,-z,noexecstack',
  '-Wl,-z,norelro',
];

export interface StaticProgram {
  outPath: string;
  /** C++ files. */
  sources: readonly string[];
  /** `-DNAME=VALUE`. */
  definitions?: readonly string[];
  /** Must know C++23. */
  compiler: string;
}

/**
 * Compiles a static program of C++ without a C library, the same bytes every time. `what` it is, for the error, which
 * holds the compiler's own words. The output appears whole or not at all.
 */
export async function buildStaticProgram(
  what: string,
  { outPath, sources, definitions = [], compiler }: StaticProgram,
): Promise<void> {
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  try {
    await runCompiler(what, compiler, [...flags, ...definitions, ...sources, '-o', temporaryPath]);
    await rename(temporaryPath, outPath);
  } finally {
    await rm(temporaryPath, { force: true });
  }
}
