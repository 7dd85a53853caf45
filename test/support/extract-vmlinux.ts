import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** Programs that decompress a kernel's payload, by its first bytes. */
const decompressors: [magic: string, program: string][] = [
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zstd'],
  ['1f8b', 'gzip'],
  ['02214c18', 'lz4'],
];

/**
 * Takes the ELF vmlinux out of a bzImage. The x86 boot protocol (Documentation/arch/x86/boot.rst) tells where the
 * payload is: setup_sects at 0x1f1, payload_offset at 0x248, payload_length at 0x24c.
 */
export function extractVmlinux(bzImagePath: string, outPath: string): void {
  const image = readFileSync(bzImagePath);
  const protectedMode = ((image[0x1f1] || 4) + 1) * 512;
  const start = protectedMode + image.readUInt32LE(0x248);
  // The last four bytes are the uncompressed size, which xz takes for garbage.
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c) - 4);
  const [, program] = decompressors.find(([magic]) => payload.toString('hex', 0, 8).startsWith(magic)) ?? [];
  if (program === undefined)
    throw new Error(`Cannot decompress a kernel that begins with ${payload.toString('hex', 0, 8)}`);
  writeFileSync(outPath, execFileSync(program, ['-dc'], { input: payload, maxBuffer: 256 * 1024 * 1024 }));
}
