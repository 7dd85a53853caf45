import { dirname, join, resolve } from 'node:path';
import { describeKernel } from '../../image/kernel/kernel.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { type Artefacts, exists, requireArtefact } from '../artefacts.ts';
import { microvmKernel } from '../launch/machine-settings.ts';

/** A kernel to boot, and where its modules are. */
export interface KernelChoice {
  path: string;
  /** As `uname -r`, when the file tells. */
  release: string | undefined;
  /** Directory with modules.dep; `undefined` for a kernel without modules. */
  modulesDir: string | undefined;
}

export interface KernelOptions {
  /** A kernel in place of the default one: a file, or `microvm` for the one that `npm run kernel` builds. */
  kernelPath: string | undefined;
  /** Directory with modules.dep for it. */
  modulesDir: string | undefined;
  artefacts: Artefacts;
}

/** The directory that was asked for, else the usual one when there is any: a kernel may need no modules. */
async function modulesFor(
  wanted: string | undefined,
  usual: string | undefined,
): Promise<string | undefined> {
  if (wanted !== undefined) {
    const modulesDir = resolve(wanted);
    if (await exists(join(modulesDir, 'modules.dep'))) return modulesDir;
    throw new FirstbornError('host', `Cannot use "${wanted}" for modules: it holds no file "modules.dep"`);
  }
  return usual !== undefined && (await exists(join(usual, 'modules.dep'))) ? usual : undefined;
}

/** The file, and the directory in which its modules usually are. */
async function findKernel(
  kernelPath: string | undefined,
  artefacts: Artefacts,
): Promise<{ path: string; usualModulesDir: string | undefined }> {
  if (kernelPath === undefined) {
    const path = await requireArtefact(artefacts.defaultKernelPath, 'the default kernel');
    return { path, usualModulesDir: artefacts.defaultModulesDir };
  }
  if (kernelPath === microvmKernel) {
    const path = await requireArtefact(artefacts.microvmKernelPath, 'the microVM kernel', 'npm run kernel');
    // Nothing in it is a module, and the lists beside it say what is part of it.
    return { path, usualModulesDir: dirname(path) };
  }
  return { path: resolve(kernelPath), usualModulesDir: undefined };
}

/**
 * Finds the kernel that the options mean, and its modules. Throws a FirstbornError of code `host` when a build's result,
 * the kernel or the modules that were asked for are missing.
 */
export async function chooseKernel({
  kernelPath,
  modulesDir,
  artefacts,
}: KernelOptions): Promise<KernelChoice> {
  const { path, usualModulesDir } = await findKernel(kernelPath, artefacts);
  const { release } = await describeKernel(path);
  const installed = release === undefined ? undefined : join('/lib/modules', release);
  return { path, release, modulesDir: await modulesFor(modulesDir, usualModulesDir ?? installed) };
}
