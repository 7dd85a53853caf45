import { readFile } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';

/** Documentation/arch/x86/boot.rst: `HdrS`, and where the loader jumps to in protected mode. */
const bootMagicOffset = 0x202;
const code32StartOffset = 0x214;

const programHeaderTableOffset = 32;
const programHeaderSizes = 54;
const noteSegment = 4;
/** XEN_ELFNOTE_PHYS32_ENTRY of Xen's elfnote.h: where a PVH loader jumps to. */
const entryNote = 18;

const align4 = (length: number): number => (length + 3) & ~3;

/** elf(5), "Notes": name size, descriptor size, type, then both, each padded to four bytes. */
function entryFromNotes(notes: Buffer): bigint | undefined {
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameBytes = notes.readUInt32LE(at);
    const valueBytes = notes.readUInt32LE(at + 4);
    const name = notes.toString('latin1', at + 12, at + 12 + nameBytes);
    const value = at + 12 + align4(nameBytes);
    if (name === 'Xen\0' && notes.readUInt32LE(at + 8) === entryNote)
      return BigInt(notes.readUInt32LE(value));
    at = value + align4(valueBytes);
  }
  return undefined;
}

function pvhEntry(image: Buffer): bigint | undefined {
  const table = Number(image.readBigUInt64LE(programHeaderTableOffset));
  const size = image.readUInt16LE(programHeaderSizes);
  const count = image.readUInt16LE(programHeaderSizes + 2);
  for (let at = table; at < table + size * count; at += size) {
    if (image.readUInt32LE(at) !== noteSegment) continue;
    const offset = Number(image.readBigUInt64LE(at + 8));
    const lengthBytes = Number(image.readBigUInt64LE(at + 32));
    const entry = entryFromNotes(image.subarray(offset, offset + lengthBytes));
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** The physical address of a kernel's first 32-bit instruction, of a bzImage or a vmlinux. Pure. */
export function findKernelEntry(image: Buffer): bigint | undefined {
  if (image.toString('latin1', bootMagicOffset, bootMagicOffset + 4) === 'HdrS')
    return BigInt(image.readUInt32LE(code32StartOffset));
  return image.readUInt32BE(0) === 0x7f454c46 ? pvhEntry(image) : undefined;
}

/** As `findKernelEntry`, of a file. Throws a FirstbornError of code `host` for what tells no such address. */
export async function kernelEntry(path: string): Promise<bigint> {
  const entry = findKernelEntry(await readFile(path));
  if (entry !== undefined) return entry;
  throw new FirstbornError('host', `Cannot stop at the start of "${path}": it tells no entry for PVH`);
}
