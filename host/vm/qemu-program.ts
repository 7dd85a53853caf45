import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Architecture } from './machine-description.ts';
import { qemuPrograms } from './qemu-command.ts';

const execFileAsync = promisify(execFile);
const versionDeadlineMs = 10_000;

export interface QemuProgram {
  /** Absolute. */
  path: string;
  /** As it says itself, e.g. `7.2.22`. */
  version: string;
}

const debianPackages: Record<Architecture, string> = {
  x86_64: 'qemu-system-x86',
  aarch64: 'qemu-system-arm',
};

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The first program of this name in the directories of `searchPath`, by its whole path. */
export async function findInPath(name: string, searchPath: string): Promise<string | undefined> {
  for (const directory of searchPath.split(delimiter)) {
    // An empty element would mean the working directory, which is nobody's idea of an installed program.
    if (directory === '') continue;
    const path = join(directory, name);
    if (await isProgram(path)) return path;
  }
  return undefined;
}

/**
 * Finds QEMU for an architecture in `searchPath` and asks for its version. Throws a FirstbornError of code
 * `host` when it is missing or does not run.
 */
export async function findQemu(
  architecture: Architecture,
  searchPath: string = process.env['PATH'] ?? '',
): Promise<QemuProgram> {
  const name = qemuPrograms[architecture];
  const path = await findInPath(name, searchPath);
  if (path === undefined) {
    throw new FirstbornError(
      'host',
      `Cannot find the program "${name}": install it (Debian package ${debianPackages[architecture]})`,
    );
  }
  try {
    const { stdout } = await execFileAsync(path, ['--version'], { timeout: versionDeadlineMs });
    return { path, version: /version (\S+)/.exec(stdout)?.[1] ?? 'unknown' };
  } catch (cause) {
    throw new FirstbornError('host', `Cannot run "${path}"`, { cause });
  }
}
