/**
 * Builds the first stage: one static program without a C library, of the addon's own interpreter, some kilobytes long,
 * the same bytes every time.
 */
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCompiler } from '../compiler.ts';

const addonDirectory = dirname(import.meta.dirname);
const interpreterSources = ['interpreter.cc', 'plan_validator.cc'];

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
  // memory.cc must not become a call of itself.
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

/** What is compiled into it, absolute. */
export interface FirstStagePaths {
  /** Of the plan's file in the initramfs. */
  plan: string;
  /** Of the program that it becomes. */
  nextProgram: string;
}

async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names.map((name) => join(directory, name));
}

/** Its sources, for whoever wants to know when to build it again. Sorted. */
export async function firstStageSources(): Promise<string[]> {
  const own = await filesIn(import.meta.dirname);
  const operations = await filesIn(join(addonDirectory, 'operations'));
  const interpreter = (await filesIn(addonDirectory)).filter((path) => path.endsWith('.h'));
  const shared = interpreterSources.map((name) => join(addonDirectory, name));
  return [...own, ...operations, ...interpreter, ...shared].toSorted();
}

/**
 * Compiles the first stage to `outPath`, which appears whole or not at all. `compiler` must know C++23. Throws with the
 * compiler's own words when it fails.
 */
export async function buildFirstStage(
  outPath: string,
  paths: FirstStagePaths,
  compiler = 'g++',
): Promise<void> {
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  const sources = (await firstStageSources()).filter((path) => path.endsWith('.cc'));
  const definitions = [
    `-DFIRSTBORN_PLAN_PATH=${JSON.stringify(paths.plan)}`,
    `-DFIRSTBORN_NEXT_PROGRAM=${JSON.stringify(paths.nextProgram)}`,
  ];
  try {
    await runCompiler('the first stage', compiler, [
      ...flags,
      ...definitions,
      ...sources,
      '-o',
      temporaryPath,
    ]);
    await rename(temporaryPath, outPath);
  } finally {
    await rm(temporaryPath, { force: true });
  }
}
