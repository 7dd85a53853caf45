import { FirstbornError } from '../../protocol/errors.ts';
import type { RuntimePlace } from './runtime-place.ts';

const bytesPerMiB = 1024 * 1024;
/** What decides how small a machine can be. */
export interface MemoryNeeds {
  runtimePlace: RuntimePlace;
  /** Absent for the build's own kernel. */
  kernelPath?: string | undefined;
}

/**
 * The smallest machine that boots, in MiB. With the runtime in the initramfs the kernel holds it packed and unpacked at
 * once; less than this ends in a panic. On a disk, what is left is Node's own memory and the kernel: less makes the guest
 * read its runtime over and over, and the default kernel takes 40 MiB for itself where a smaller one takes 18.
 */
export function minimumMemoryMiB({ runtimePlace, kernelPath }: MemoryNeeds): number {
  if (runtimePlace === 'initramfs') return 320;
  return kernelPath === undefined ? 112 : 80;
}

const maximumMemoryMiB = 16 * 1024 * 1024;
const unitBytes: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/**
 * Reads an amount of bytes as Docker writes it: a number with b, k, m, g or t (also `mb`, `MiB`), bytes without
 * a unit. `undefined` for anything else.
 */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(?:b|([kmgt])(?:i?b)?)?$/i.exec(text);
  if (match?.[1] === undefined) return undefined;
  return Number(match[1]) * (unitBytes[(match[2] ?? '').toLowerCase()] ?? 1);
}

/** Reads a machine's memory. Returns MiB, rounded up. Throws a FirstbornError of code `usage`. */
export function parseMemoryMiB(text: string, needs: MemoryNeeds): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) {
    throw new FirstbornError('usage', `Cannot read the memory size "${text}": expected e.g. 512m or 1g`);
  }
  const memoryMiB = Math.ceil(bytes / bytesPerMiB);
  const leastMiB = minimumMemoryMiB(needs);
  if (memoryMiB < leastMiB || memoryMiB > maximumMemoryMiB) {
    throw new FirstbornError(
      'usage',
      `Cannot give a machine "${text}" of memory: expected ${leastMiB}m to ${maximumMemoryMiB / 1024 / 1024}t`,
    );
  }
  return memoryMiB;
}
