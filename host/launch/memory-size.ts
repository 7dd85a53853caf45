import { FirstbornError } from '../../protocol/errors.ts';

const bytesPerMiB = 1024 * 1024;
/** The kernel holds the packed and the unpacked initramfs at once; less than this ends in a panic. */
export const minimumMemoryMiB = 320;
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

/** Reads an amount of memory. Returns MiB, rounded up. Throws a FirstbornError of code `usage`. */
export function parseMemoryMiB(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) {
    throw new FirstbornError('usage', `Cannot read the memory size "${text}": expected e.g. 512m or 1g`);
  }
  const memoryMiB = Math.ceil(bytes / bytesPerMiB);
  if (memoryMiB < minimumMemoryMiB || memoryMiB > maximumMemoryMiB) {
    throw new FirstbornError(
      'usage',
      `Cannot give a machine "${text}" of memory: expected ${minimumMemoryMiB}m to ${maximumMemoryMiB / 1024 / 1024}t`,
    );
  }
  return memoryMiB;
}
