import type { VirtiofsdProgram, VirtiofsdSandbox } from '../vm/virtiofsd.ts';

/** Modules, or parts of the kernel, that the guest needs for each way. */
export const shareModules = { virtiofs: ['virtiofs'], '9p': ['9p', '9pnet_virtio'] } as const;
/** Packed into the initramfs of a machine with directories of the host, where the kernel has them as modules. */
export const allShareModules = Object.values(shareModules).flat();

/** What is known of the guest's kernel. */
export interface GuestKernel {
  release: string | undefined;
  /** Modules that are packed or part of it; `undefined` when nobody can tell. */
  modules: ReadonlySet<string> | undefined;
}

/** A virtiofsd that has proven to work here, or why there is none. */
export type VirtiofsdChoice =
  | { state: 'works'; program: VirtiofsdProgram; sandbox: VirtiofsdSandbox }
  | { state: 'missing'; reason: string };

export type ShareDriver =
  | { driver: 'virtiofs'; program: VirtiofsdProgram; sandbox: VirtiofsdSandbox }
  | { driver: '9p' }
  | { driver: 'none'; reason: string };

/** Why the kernel can't mount this way; `undefined` when it can, or may. Pure. */
export function kernelProblem(kernel: GuestKernel, driver: keyof typeof shareModules): string | undefined {
  const missing = shareModules[driver].filter((name) => kernel.modules?.has(name) === false);
  if (missing.length === 0) return undefined;
  const names = missing.map((name) => `"${name}"`).join(' and ');
  return `the guest's kernel${kernel.release === undefined ? '' : ` ${kernel.release}`} does not have ${names}`;
}

/**
 * Decides how directories of the host come into the guest: virtiofs if both sides have it, else 9p, for which QEMU
 * needs no help. The reason against both names what is missing for each. `findDaemon` is asked only if the answer
 * matters.
 */
export async function chooseShareDriver(
  kernel: GuestKernel,
  findDaemon: () => Promise<VirtiofsdChoice>,
): Promise<ShareDriver> {
  const problem = kernelProblem(kernel, 'virtiofs');
  const daemon: VirtiofsdChoice =
    problem === undefined ? await findDaemon() : { state: 'missing', reason: problem };
  if (daemon.state === 'works') {
    return { driver: 'virtiofs', program: daemon.program, sandbox: daemon.sandbox };
  }
  const nineProblem = kernelProblem(kernel, '9p');
  if (nineProblem === undefined) return { driver: '9p' };
  return { driver: 'none', reason: `no virtiofs: ${daemon.reason}; no 9p: ${nineProblem}` };
}
