/**
 * Builds the addon with g++ against the headers of the pinned Node package: no node-gyp, no network. The same
 * sources, flags and compiler give the same bytes. As a script: `node addon/build.ts [output]`.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { runCompiler } from './compiler.ts';

const addonDirectory = import.meta.dirname;
const packageRoot = dirname(addonDirectory);

export interface BuildAddonOptions {
  /** Where the addon goes; its stamp lies beside it as `<name>.stamp`. */
  outPath: string;
  /** Instead of the headers of `node-linux-<arch>` and `node-addon-api` in node_modules. */
  includeDirs?: readonly string[];
  /** Default `g++`. It must know -std=c++23. */
  compiler?: string;
}

const compileFlags = [
  '-std=c++23',
  '-O2',
  '-fPIC',
  '-fno-exceptions',
  '-fno-rtti',
  '-fvisibility=hidden',
  '-fvisibility-inlines-hidden',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-DNODE_GYP_MODULE_NAME=firstborn',
  '-DBUILDING_NODE_EXTENSION',
  '-D_GNU_SOURCE',
];

/** `-z now`: between clone and exec no call may meet the dynamic linker, which takes locks. */
const linkFlags = ['-shared', '-s', '-static-libgcc', '-Wl,-z,now', '-Wl,-z,relro', '-Wl,--build-id=none'];

/**
 * Compiles and links the addon unless `outPath` was built from the same inputs already. The output appears
 * whole or not at all. Throws with the compiler's own words when it fails.
 */
export async function buildAddon(options: BuildAddonOptions): Promise<void> {
  const { outPath, compiler = 'g++', includeDirs = defaultIncludeDirs() } = options;
  const stampPath = `${outPath}.stamp`;
  const files = await listSources();
  const stamp = await inputsHash(files, includeDirs, compiler);
  if ((await readIfThere(stampPath)) === stamp && (await readIfThere(outPath)) !== undefined) return;

  await mkdir(dirname(outPath), { recursive: true });
  const scratch = await mkdtemp(join(dirname(outPath), '.addon-'));
  try {
    const sources = files.filter((file) => file.endsWith('.cc'));
    const objects = await compileAll(sources, includeDirs, compiler, scratch);
    const built = join(scratch, basename(outPath));
    await runCompiler('the addon', compiler, [...linkFlags, ...objects, '-o', built]);
    await rename(built, outPath);
    await writeFile(stampPath, stamp);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function defaultIncludeDirs(): string[] {
  const modules = join(packageRoot, 'node_modules');
  return [join(modules, `node-linux-${process.arch}`, 'include', 'node'), join(modules, 'node-addon-api')];
}

/** The addon's C++ files relative to its directory, sorted so that the link order never changes. The reaper is C. */
async function listSources(): Promise<string[]> {
  const entries = await readdir(addonDirectory, { recursive: true });
  return entries
    .filter((entry) => /\.(cc|h)$/.test(entry) && !/^(reaper|first-stage|xen-console)\//.test(entry))
    .toSorted();
}

/** A hash over everything that decides the output's bytes. Headers of Node stand for their version file. */
async function inputsHash(
  files: readonly string[],
  includeDirs: readonly string[],
  compiler: string,
): Promise<string> {
  const hash = createHash('sha256');
  const { stdout } = await runCompiler('the addon', compiler, ['--version']);
  hash.update(JSON.stringify([compileFlags, linkFlags, includeDirs, stdout, process.arch]));
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(addonDirectory, file)));
  for (const directory of includeDirs) {
    for (const header of ['node_version.h', 'napi.h']) {
      hash.update((await readIfThere(join(directory, header))) ?? '');
    }
  }
  return `${hash.digest('hex')}\n`;
}

async function compileAll(
  sources: readonly string[],
  includeDirs: readonly string[],
  compiler: string,
  scratch: string,
): Promise<string[]> {
  const objects = sources.map((source) => join(scratch, `${source.replaceAll('/', '-')}.o`));
  const waiting = [...sources.entries()];
  // The largest files first, so that the last worker doesn't end with one of them.
  waiting.sort(([, a], [, b]) => Number(b.startsWith('binding/')) - Number(a.startsWith('binding/')));
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, source] = next;
      await runCompiler('the addon', compiler, [
        ...compileFlags,
        // No path of this machine in the output, and __FILE__ the same everywhere.
        `-ffile-prefix-map=${packageRoot}=.`,
        ...includeDirs.flatMap((directory) => ['-isystem', directory]),
        '-c',
        join(addonDirectory, source),
        '-o',
        objects[index] as string,
      ]);
    }
  };
  // Every compiler has ended before the first failure is reported and the scratch directory goes.
  const workers = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
  const failure = workers.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return objects;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const outPath = resolve(process.argv[2] ?? join(packageRoot, 'build', 'addon.node'));
  try {
    await buildAddon({ outPath });
    console.log(relative(process.cwd(), outPath));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
