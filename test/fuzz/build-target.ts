import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { runCompiler } from '../../addon/compiler.ts';

const root = join(import.meta.dirname, '../..');
/** Everything that the fuzzers leave behind. */
export const fuzzDirectory = join(root, 'build/fuzz');

const compiler = 'clang++';
const commonFlags = [
  '-std=c++2b',
  // libstdc++ 12 hides std::expected from compilers that do not claim all of C++20's concepts, as clang 14 does not
  // although it has all that std::expected needs.
  '-D__cpp_concepts=202002L',
  '-Wno-builtin-macro-redefined',
  '-Wno-macro-redefined',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-g',
  '-fno-omit-frame-pointer',
  '-fno-rtti',
  '-fno-sanitize-recover=all',
  '-D_GNU_SOURCE',
  '-DFIRSTBORN_FAKE_KERNEL',
];

/**
 * What is compiled how. Only the addon's own branches count as coverage; the fake kernel is instrumented as far as
 * it touches the interpreter's memory.
 */
const groups = [
  {
    flags: ['-O1', '-fno-exceptions', '-fsanitize=fuzzer-no-link,address,undefined'],
    sources: ['addon/{plan_validator,interpreter,child}.cc', 'addon/operations/*.cc'],
  },
  {
    flags: ['-O1', '-fsanitize=address,undefined'],
    sources: ['test/fuzz/*_{calls,fuzz,kernel,table,log}.cc'],
  },
  { flags: ['-O1', '-fsanitize=address'], sources: ['test/fuzz/memory.cc'] },
  { flags: ['-O2'], sources: ['test/fuzz/{editable_plan,plan_mutator}.cc'] },
];

interface Compilation {
  source: string;
  flags: readonly string[];
}

function listCompilations(): Compilation[] {
  const compilations = groups.flatMap(({ flags, sources }) =>
    globSync(sources, { cwd: root })
      .toSorted()
      .map((source) => ({ source, flags: [...commonFlags, ...flags] })),
  );
  const forgotten = globSync('test/fuzz/*.cc', { cwd: root }).filter(
    (source) => !compilations.some((compilation) => compilation.source === source),
  );
  if (forgotten.length > 0)
    throw new Error(`Cannot build the fuzzer: how is "${forgotten[0]}" to be compiled?`);
  return compilations;
}

async function inputsHash(compilations: readonly Compilation[]): Promise<string> {
  const hash = createHash('sha256');
  const { stdout } = await runCompiler('the fuzzer', compiler, ['--version']);
  hash.update(JSON.stringify([compilations, stdout]));
  const headers = globSync(['addon/*.h', 'addon/operations/*.h', 'test/fuzz/*.h'], { cwd: root }).toSorted();
  for (const file of [...compilations.map(({ source }) => source), ...headers]) {
    hash.update(`\0${file}\0`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
}

/**
 * Compiles and links the plan fuzzer unless it was built from the same inputs already, and returns its path. It
 * appears whole or not at all. Throws with the compiler's own words when it fails.
 */
export async function buildPlanFuzzer(): Promise<string> {
  const compilations = listCompilations();
  const outPath = join(fuzzDirectory, 'plan-fuzzer');
  const stampPath = `${outPath}.stamp`;
  const stamp = await inputsHash(compilations);
  if ((await readFile(stampPath, 'utf8').catch(() => '')) === stamp) return outPath;

  await mkdir(fuzzDirectory, { recursive: true });
  const scratch = await mkdtemp(join(fuzzDirectory, '.build-'));
  try {
    const objects = compilations.map(({ source }) => join(scratch, `${source.replaceAll('/', '-')}.o`));
    const waiting = compilations.entries();
    const worker = async (): Promise<void> => {
      for (const [index, { source, flags }] of waiting) {
        const words = [...flags, '-c', join(root, source), '-o', objects[index] as string];
        await runCompiler('the fuzzer', compiler, words);
      }
    };
    // Every compiler has ended before the first failure is reported and the scratch directory goes.
    const workers = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
    const failure = workers.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    const built = join(scratch, basename(outPath));
    await runCompiler('the fuzzer', compiler, [
      '-fsanitize=fuzzer,address,undefined',
      ...objects,
      '-o',
      built,
    ]);
    await rename(built, outPath);
    await writeFile(stampPath, stamp);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return outPath;
}
