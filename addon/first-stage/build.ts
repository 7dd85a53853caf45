/**
 * Builds the first stage: one static program without a C library, of the addon's own interpreter, some kilobytes long,
 * the same bytes every time.
 */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildStaticProgram } from '../static-program.ts';

const addonDirectory = dirname(import.meta.dirname);
const sharedSources = ['interpreter.cc', 'plan_validator.cc', 'static-program.ts'];

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
  const shared = sharedSources.map((name) => join(addonDirectory, name));
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
  await buildStaticProgram('the first stage', {
    outPath,
    sources: (await firstStageSources()).filter((path) => path.endsWith('.cc')),
    definitions: [
      `-DFIRSTBORN_PLAN_PATH=${JSON.stringify(paths.plan)}`,
      `-DFIRSTBORN_NEXT_PROGRAM=${JSON.stringify(paths.nextProgram)}`,
    ],
    compiler,
  });
}
