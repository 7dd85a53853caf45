import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { composeInitramfs } from '../../image/initramfs/compose.ts';
import { builtinModules } from '../../image/kernel/modules.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { exists, requireArtefact } from '../artefacts.ts';
import type { RuntimePlace } from '../launch/runtime-place.ts';
import { fileIdentity } from '../vm/accelerator-memory.ts';
import { pruneInitramfsCache } from './initramfs-cache.ts';
import { chooseKernel, type KernelChoice, type KernelOptions } from './kernel-choice.ts';
import type { OnProgress } from './progress.ts';

/** What the kernel and the initramfs of a machine are. */
export interface BootFiles {
  kernelPath: string;
  /** As `uname -r`, when the file tells. */
  kernelRelease: string | undefined;
  initramfsPath: string;
  initramfsBytes: number;
  /** Names of the modules in the initramfs. */
  modules: string[];
  /** Names of the modules in the initramfs or in the kernel itself; `undefined` for a kernel without modules. */
  availableModules: ReadonlySet<string> | undefined;
  /** The build's disk with init and its runtime, when they are not in the initramfs. */
  runtimeDiskPath: string | undefined;
}

export interface BootFileOptions extends KernelOptions {
  /** Modules beyond those that every guest gets; what the kernel does not have is left out. */
  extraModules?: readonly string[];
  /** Where init and its runtime are; in the initramfs when absent. */
  runtimePlace?: RuntimePlace;
  /** Where composed archives are kept between runs. */
  cacheDir: string;
  onProgress?: OnProgress;
}

/** The code that composes: another version of it may make another archive of the same inputs. */
const composerDirs = ['initramfs', 'kernel'].map((name) => join(import.meta.dirname, '../../image', name));

const CacheEntry = z.strictObject({ modules: z.array(z.string()) });

async function hashComposer(): Promise<string> {
  const hash = createHash('sha256');
  for (const directory of composerDirs) {
    for (const name of (await readdir(directory)).toSorted())
      hash.update(await readFile(join(directory, name)));
  }
  return hash.digest('hex');
}

async function cacheKey(
  basePath: string,
  { release, modulesDir }: KernelChoice,
  extraModules: readonly string[],
): Promise<string> {
  const parts = {
    composer: await hashComposer(),
    base: await fileIdentity(basePath),
    release: modulesDir === undefined ? null : release,
    modules: modulesDir === undefined ? null : await fileIdentity(join(modulesDir, 'modules.dep')),
    extraModules,
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

async function recallModules(path: string): Promise<string[] | undefined> {
  try {
    return CacheEntry.parse(JSON.parse(await readFile(path, 'utf8'))).modules;
  } catch {
    return undefined;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporaryPath = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporaryPath, text);
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}

async function makeCache(cacheDir: string): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true });
  } catch (cause) {
    throw new FirstbornError('host', `Cannot make the cache directory "${cacheDir}"`, { cause });
  }
}

/** The archive for this kernel from the cache, or composed now. */
async function cachedInitramfs(
  { basePath, runtimeDiskPath }: RuntimeFiles,
  kernel: KernelChoice,
  {
    cacheDir,
    onProgress,
    extraModules = [],
  }: Pick<BootFileOptions, 'cacheDir' | 'onProgress' | 'extraModules'>,
): Promise<{ path: string; modules: string[] }> {
  const key = await cacheKey(basePath, kernel, extraModules);
  const path = join(cacheDir, `${key}.cpio`);
  const notePath = join(cacheDir, `${key}.json`);
  const known = await recallModules(notePath);
  if (known !== undefined && (await exists(path))) {
    // The cache is pruned by last use. Failing to note it is no reason to fail.
    await utimes(path, new Date(), new Date()).catch(() => {});
    return { path, modules: known };
  }
  await makeCache(cacheDir);
  onProgress?.({ step: 'make initramfs' });
  const { modules } = await composeInitramfs({
    basePath,
    kernelRelease: kernel.release,
    ...(kernel.modulesDir === undefined ? {} : { modulesDir: kernel.modulesDir }),
    extraModules,
    firstStage: runtimeDiskPath !== undefined,
    outPath: path,
  });
  await writeWhole(notePath, `${JSON.stringify({ modules })}\n`);
  await pruneInitramfsCache(cacheDir);
  return { path, modules };
}

interface RuntimeFiles {
  basePath: string;
  runtimeDiskPath: string | undefined;
}

async function findRuntime({ artefacts, runtimePlace }: BootFileOptions): Promise<RuntimeFiles> {
  if (runtimePlace !== 'disk') {
    const basePath = await requireArtefact(artefacts.baseInitramfsPath, 'the base initramfs');
    return { basePath, runtimeDiskPath: undefined };
  }
  return {
    basePath: await requireArtefact(artefacts.firstStageBasePath, 'the initramfs of the first stage'),
    runtimeDiskPath: await requireArtefact(artefacts.runtimeDiskPath, 'the runtime disk'),
  };
}

/**
 * Finds the kernel and the initramfs that fits it. Throws a FirstbornError of code `host` when the build's
 * results, the kernel or its modules are missing.
 */
export async function prepareBootFiles(options: BootFileOptions): Promise<BootFiles> {
  const runtime = await findRuntime(options);
  const kernel = await chooseKernel(options);
  const { path, modules } = await cachedInitramfs(runtime, kernel, options);
  return {
    kernelPath: kernel.path,
    kernelRelease: kernel.release,
    initramfsPath: path,
    initramfsBytes: (await stat(path)).size,
    modules,
    availableModules:
      kernel.modulesDir === undefined
        ? undefined
        : new Set([...modules, ...(await builtinModules(kernel.modulesDir))]),
    runtimeDiskPath: runtime.runtimeDiskPath,
  };
}
