import { FirstbornError } from '../../protocol/errors.ts';
import type { BootFiles } from './boot-files.ts';

/** What a guest loads for verified disks; it brings what it depends on. */
export const verityModules: readonly string[] = ['dm_verity'];

/**
 * Checks that a guest with this kernel can verify disks. A kernel that does not tell its modules is given the benefit
 * of the doubt: the guest fails where it can not. Throws a FirstbornError of code `host`.
 */
export function checkVerityKernel({
  kernelPath,
  availableModules,
}: Pick<BootFiles, 'kernelPath' | 'availableModules'>): void {
  const missing = verityModules.filter((name) => availableModules?.has(name) === false);
  if (missing.length === 0) return;
  throw new FirstbornError(
    'host',
    `Cannot verify disks with the kernel "${kernelPath}": it has no module "${missing.join('", "')}"`,
  );
}
