import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { type KernelModule, moduleManifestPath } from '../../protocol/kernel-modules.ts';
import { packModules } from '../kernel/modules.ts';
import { type CpioEntry, encodeCpio, parentDirectories } from './cpio.ts';
import { firstStagePaths, firstStagePlanFile } from './first-stage-plan.ts';

export interface ComposeOptions {
  /** The kernel-independent archive. */
  basePath: string;
  /** As `uname -r`; needed when there are modules. */
  kernelRelease: string | undefined;
  /** Directory with modules.dep; without one the kernel has everything built in. */
  modulesDir?: string;
  /** Modules to pack beyond those that every guest gets, where the kernel has them. */
  extraModules?: readonly string[];
  /** Whether the base archive holds the first stage of a runtime disk, which needs a plan. */
  firstStage?: boolean;
  outPath: string;
}

export interface ComposedInitramfs {
  sizeBytes: number;
  /** Names of the modules packed, in loading order. */
  modules: string[];
}

/** What is packed for one kernel beside the base archive. */
interface KernelPart {
  modules: KernelModule[];
  files: CpioEntry[];
}

async function moduleFiles(
  modulesDir: string,
  release: string,
  extraModules: readonly string[],
): Promise<KernelPart> {
  const { manifest, entries } = await packModules(modulesDir, release, extraModules);
  // A kernel that has everything built in: without a list the guest does not look for what it could load.
  if (manifest.length === 0) return { modules: [], files: [] };
  const content = Buffer.from(JSON.stringify({ release, modules: manifest }));
  return {
    modules: manifest,
    files: [{ type: 'file', path: moduleManifestPath, mode: 0o644, content }, ...entries],
  };
}

function withParents(files: CpioEntry[]): CpioEntry[] {
  const directories = parentDirectories(files.map((file) => file.path));
  return [...directories.map((path): CpioEntry => ({ type: 'directory', path, mode: 0o755 })), ...files];
}

function planFile(modules: readonly KernelModule[]): CpioEntry {
  return {
    type: 'file',
    path: firstStagePaths.plan.slice(1),
    mode: 0o644,
    content: firstStagePlanFile(modules),
  };
}

async function* joinArchives(basePath: string, entries: CpioEntry[]): AsyncGenerator<Uint8Array> {
  yield* createReadStream(basePath, { highWaterMark: 1024 * 1024 });
  if (entries.length > 0) yield* encodeCpio(entries);
}

/**
 * Joins a base archive and one of what belongs to a kernel, its modules and the first stage's plan, into the initramfs of
 * that kernel. Throws a FirstbornError of code `host` when something can't be read or written.
 */
export async function composeInitramfs(options: ComposeOptions): Promise<ComposedInitramfs> {
  const { basePath, kernelRelease, modulesDir, extraModules = [], outPath } = options;
  if (modulesDir !== undefined && kernelRelease === undefined) {
    throw new FirstbornError(
      'host',
      `Cannot pack modules from "${modulesDir}": the kernel does not tell its release`,
    );
  }
  const { modules, files } =
    modulesDir === undefined || kernelRelease === undefined
      ? { modules: [], files: [] }
      : await moduleFiles(modulesDir, kernelRelease, extraModules);
  const entries = withParents(options.firstStage === true ? [planFile(modules), ...files] : files);
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  try {
    await pipeline(Readable.from(joinArchives(basePath, entries)), createWriteStream(temporaryPath));
    await rename(temporaryPath, outPath);
  } catch (cause) {
    await rm(temporaryPath, { force: true });
    throw new FirstbornError('host', `Cannot write the initramfs "${outPath}"`, { cause });
  }
  return { sizeBytes: (await stat(outPath)).size, modules: modules.map(({ name }) => name) };
}
