import { readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import type { CpioEntry } from './cpio.ts';
import { type ElfDynamicInfo, isElf, readElf } from './elf.ts';

/** Debian's names for the machine's library directories (the linker's built-in search path). */
const multiarchTuple = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const;
export type RuntimeArchitecture = keyof typeof multiarchTuple;

/** Where the dynamic linker looks without any configuration, in the guest and on a Debian host. */
export function librarySearchPath(architecture: RuntimeArchitecture): string[] {
  const tuple = multiarchTuple[architecture];
  return [`lib/${tuple}`, `usr/lib/${tuple}`, 'lib', 'usr/lib', 'lib64', 'usr/lib64'];
}

/** A file of the host that the guest gets under another name. */
export interface ClosureFile {
  hostPath: string;
  guestPath: string;
}

async function findLibrary(soname: string, architecture: RuntimeArchitecture): Promise<ClosureFile> {
  for (const directory of librarySearchPath(architecture)) {
    const path = join('/', directory, soname);
    const hostPath = await realpath(path).catch(() => undefined);
    if (hostPath !== undefined)
      return { hostPath, guestPath: `lib/${multiarchTuple[architecture]}/${soname}` };
  }
  throw new FirstbornError('host', `Cannot find the shared library "${soname}" on this machine`);
}

/**
 * Collects the shared objects that `programs` need, directly or through one another, and the dynamic linker
 * they name: nothing more.
 */
export async function collectClosure(
  programs: string[],
  architecture: RuntimeArchitecture,
): Promise<ClosureFile[]> {
  const files = new Map<string, ClosureFile>();
  const queue = [...programs];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const info = readElf(await readFile(path), path);
    if (info.interpreter !== undefined) {
      const hostPath = await realpath(info.interpreter);
      files.set(basename(info.interpreter), { hostPath, guestPath: info.interpreter.slice(1) });
    }
    for (const soname of info.needed) {
      if (files.has(soname)) continue;
      const file = await findLibrary(soname, architecture);
      files.set(soname, file);
      queue.push(file.hostPath);
    }
  }
  return [...files.values()].toSorted((a, b) => (a.guestPath < b.guestPath ? -1 : 1));
}

interface ArchivedElf {
  path: string;
  info: ElfDynamicInfo;
}

/** What `one` lacks, in words. */
function* missingFor(
  one: ArchivedElf,
  paths: Set<string>,
  library: (soname: string) => ArchivedElf | undefined,
): Generator<string> {
  const { info, path } = one;
  if (info.interpreter !== undefined && !paths.has(info.interpreter.slice(1))) {
    yield `"${path}" needs the interpreter "${info.interpreter}"`;
  }
  if (info.runpath !== undefined) yield `"${path}" looks for libraries in "${info.runpath}"`;
  for (const soname of info.needed) {
    const provider = library(soname);
    if (provider === undefined) {
      yield `"${path}" needs "${soname}"`;
    } else if (provider.info.machine !== info.machine) {
      yield `"${path}" needs "${soname}" for machine ${info.machine}, "${provider.path}" is for ${provider.info.machine}`;
    }
  }
  for (const [soname, versions] of info.neededVersions) {
    const defined = library(soname)?.info.definedVersions;
    const absent = versions.filter((version) => defined?.has(version) === false);
    if (absent.length > 0) yield `"${path}" needs ${absent.join(', ')} of "${soname}"`;
  }
}

/**
 * Proves that every ELF file of an archive can be linked from the archive alone: interpreter, each needed
 * library in the linker's default directories, of the same machine, with every symbol version that is asked
 * for. Throws a FirstbornError that lists what is missing.
 */
export function checkClosure(entries: readonly CpioEntry[], architecture: RuntimeArchitecture): void {
  const paths = new Set(entries.map((entry) => entry.path));
  const elves: ArchivedElf[] = entries.flatMap((entry) => {
    if (entry.type !== 'file') return [];
    const bytes = Buffer.from(entry.content.buffer, entry.content.byteOffset, entry.content.byteLength);
    return isElf(bytes) ? [{ path: entry.path, info: readElf(bytes, entry.path) }] : [];
  });
  const byPath = new Map(elves.map((elf) => [elf.path, elf]));
  const searchPath = librarySearchPath(architecture);
  const library = (soname: string): ArchivedElf | undefined =>
    searchPath.map((directory) => byPath.get(`${directory}/${soname}`)).find((elf) => elf !== undefined);
  const missing = elves.flatMap((elf) => [...missingFor(elf, paths, library)]);
  if (missing.length > 0) {
    throw new FirstbornError('host', `Cannot run the initramfs by itself: ${missing.join('; ')}`);
  }
}
