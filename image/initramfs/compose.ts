import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { moduleManifestPath } from '../../protocol/kernel-modules.ts';
import { packModules } from '../kernel/modules.ts';
import { type CpioEntry, encodeCpio, parentDirectories } from './cpio.ts';

export interface ComposeOptions {
  /** The kernel-independent archive. */
  basePath: string;
  /** As `uname -r`; needed when there are modules. */
  kernelRelease: string | undefined;
  /** Directory with modules.dep; without one the kernel has everything built in. */
  modulesDir?: string;
  /** Modules to pack beyond those that every guest gets, where the kernel has them. */
  extraModules?: readonly string[];
  outPath: string;
}

export interface ComposedInitramfs {
  sizeBytes: number;
  /** Names of the modules packed, in loading order. */
  modules: string[];
}

async function moduleEntries(
  modulesDir: string,
  release: string,
  extraModules: readonly string[],
): Promise<{ names: string[]; entries: CpioEntry[] }> {
  const packed = await packModules(modulesDir, release, extraModules);
  const manifest = JSON.stringify({ release, modules: packed.manifest });
  const files: CpioEntry[] = [
    { type: 'file', path: moduleManifestPath, mode: 0o644, content: Buffer.from(manifest) },
    ...packed.entries,
  ];
  const directories = parentDirectories(files.map((file) => file.path));
  return {
    names: packed.manifest.map((module) => module.name),
    entries: [...directories.map((path): CpioEntry => ({ type: 'directory', path, mode: 0o755 })), ...files],
  };
}

async function* joinArchives(basePath: string, entries: CpioEntry[]): AsyncGenerator<Uint8Array> {
  yield* createReadStream(basePath, { highWaterMark: 1024 * 1024 });
  if (entries.length > 0) yield* encodeCpio(entries);
}

/** Joins the base archive and one with the kernel's modules into the initramfs of one kernel. */
export async function composeInitramfs(options: ComposeOptions): Promise<ComposedInitramfs> {
  const { basePath, kernelRelease, modulesDir, extraModules = [], outPath } = options;
  if (modulesDir !== undefined && kernelRelease === undefined) {
    throw new FirstbornError(
      'host',
      `Cannot pack modules from "${modulesDir}": the kernel does not tell its release`,
    );
  }
  const { names, entries } =
    modulesDir === undefined || kernelRelease === undefined
      ? { names: [], entries: [] }
      : await moduleEntries(modulesDir, kernelRelease, extraModules);
  const temporaryPath = `${outPath}.${randomUUID()}.tmp`;
  try {
    await pipeline(Readable.from(joinArchives(basePath, entries)), createWriteStream(temporaryPath));
    await rename(temporaryPath, outPath);
  } catch (cause) {
    await rm(temporaryPath, { force: true });
    throw new FirstbornError('host', `Cannot write the initramfs "${outPath}"`, { cause });
  }
  return { sizeBytes: (await stat(outPath)).size, modules: names };
}
