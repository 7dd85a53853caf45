import { access, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FirstbornError } from '../protocol/errors.ts';

/** What the build leaves for the host side. */
export interface Artefacts {
  /** Init, its runtime and nothing that depends on a kernel. */
  baseInitramfsPath: string;
  /** The same without init and its runtime, which are on the runtime disk instead. */
  firstStageBasePath: string;
  /** Init and its runtime as a disk. */
  runtimeDiskPath: string;
  /** The kernel that is taken when none is named. */
  defaultKernelPath: string;
  /** Its modules: a directory that holds modules.dep. */
  defaultModulesDir: string;
  /** What `npm run kernel` builds: an uncompressed kernel, with the list of what is built in beside it. */
  microvmKernelPath: string;
  /** The backend of the second console of Xen guests. */
  xenConsolePath: string;
}

const repository = resolve(import.meta.dirname, '..');

/**
 * Where the build's results are: `FIRSTBORN_BUILD_DIR`, else build/ in this tree; `FIRSTBORN_XEN_CONSOLE` is a console
 * backend in place of the build's. Pure.
 */
export function artefacts(environment: NodeJS.ProcessEnv = process.env): Artefacts {
  const build = resolve(environment['FIRSTBORN_BUILD_DIR'] || join(repository, 'build'));
  return {
    baseInitramfsPath: join(build, 'initramfs-base.cpio'),
    firstStageBasePath: join(build, 'first-stage.cpio'),
    runtimeDiskPath: join(build, 'runtime.erofs'),
    defaultKernelPath: join(build, 'kernel/vmlinuz'),
    defaultModulesDir: join(build, 'kernel/modules'),
    microvmKernelPath: join(build, 'kernel-microvm/vmlinux'),
    xenConsolePath: resolve(environment['FIRSTBORN_XEN_CONSOLE'] || join(build, 'firstborn-xen-console')),
  };
}

/**
 * Returns the real path of a build result. Throws a FirstbornError of code `host` that names the command which builds it
 * when it is not there.
 */
export async function requireArtefact(path: string, what: string, command = 'npm start'): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot find ${what} "${path}": run "${command}" once to build it`, {
      cause,
    });
  }
}

/** Whether something is there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
