import { FirstbornError } from '../../protocol/errors.ts';

/** What the dynamic linker reads of a 64-bit little-endian ELF file (elf(5), the gABI and LSB's symbol versions). */
export interface ElfDynamicInfo {
  /** e_machine: 62 is x86-64, 183 is AArch64. */
  machine: number;
  /** PT_INTERP: the dynamic linker this program asks for. */
  interpreter: string | undefined;
  /** DT_SONAME. */
  soname: string | undefined;
  /** DT_NEEDED, in order. */
  needed: string[];
  /** DT_RUNPATH or DT_RPATH: would send the linker elsewhere than its default directories. */
  runpath: string | undefined;
  /** Versions this file wants of each needed library, e.g. `libc.so.6` → `GLIBC_2.34`. */
  neededVersions: Map<string, string[]>;
  /** Versions this library defines. */
  definedVersions: Set<string>;
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const DT_RPATH = 15;
const DT_RUNPATH = 29;
const DT_VERDEF = 0x6ffffffc;
const DT_VERDEFNUM = 0x6ffffffd;
const DT_VERNEED = 0x6ffffffe;
const DT_VERNEEDNUM = 0x6fffffff;

export function isElf(bytes: Buffer): boolean {
  return bytes.length >= 64 && bytes.readUInt32BE(0) === 0x7f454c46;
}

interface Segment {
  type: number;
  offset: number;
  address: number;
  fileSize: number;
}

const readNumber = (bytes: Buffer, offset: number): number => Number(bytes.readBigUInt64LE(offset));

function readSegments(bytes: Buffer): Segment[] {
  const tableOffset = readNumber(bytes, 32);
  const entrySize = bytes.readUInt16LE(54);
  return Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = tableOffset + index * entrySize;
    return {
      type: bytes.readUInt32LE(at),
      offset: readNumber(bytes, at + 8),
      address: readNumber(bytes, at + 16),
      fileSize: readNumber(bytes, at + 32),
    };
  });
}

function readString(bytes: Buffer, offset: number): string {
  return bytes.toString('utf8', offset, bytes.indexOf(0, offset));
}

function fileOffset(segments: Segment[], address: number): number {
  const segment = segments.find(
    (s) => s.type === PT_LOAD && address >= s.address && address < s.address + s.fileSize,
  );
  if (segment === undefined) throw new RangeError(`address 0x${address.toString(16)} is in no segment`);
  return address - segment.address + segment.offset;
}

function readDynamic(bytes: Buffer, segments: Segment[]): [tag: number, value: number][] {
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (dynamic === undefined) return [];
  const entries: [number, number][] = [];
  for (let at = dynamic.offset; at + 16 <= dynamic.offset + dynamic.fileSize; at += 16) {
    const tag = readNumber(bytes, at);
    if (tag === 0) break;
    entries.push([tag, readNumber(bytes, at + 8)]);
  }
  return entries;
}

/** Elf64_Verneed: one record per library, each with a chain of Elf64_Vernaux. */
function readNeededVersions(
  bytes: Buffer,
  at: number,
  count: number,
  strings: number,
): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  let record = at;
  for (let index = 0; index < count; index += 1) {
    const library = readString(bytes, strings + bytes.readUInt32LE(record + 4));
    let aux = record + bytes.readUInt32LE(record + 8);
    const names: string[] = [];
    for (let left = bytes.readUInt16LE(record + 2); left > 0; left -= 1) {
      // VER_FLG_WEAK: the linker does not insist.
      if ((bytes.readUInt16LE(aux + 4) & 2) === 0) {
        names.push(readString(bytes, strings + bytes.readUInt32LE(aux + 8)));
      }
      aux += bytes.readUInt32LE(aux + 12);
    }
    versions.set(library, names);
    record += bytes.readUInt32LE(record + 12);
  }
  return versions;
}

/** Elf64_Verdef: the first Elf64_Verdaux of each record names the version. */
function readDefinedVersions(bytes: Buffer, at: number, count: number, strings: number): Set<string> {
  const versions = new Set<string>();
  let record = at;
  for (let index = 0; index < count; index += 1) {
    const aux = record + bytes.readUInt32LE(record + 12);
    versions.add(readString(bytes, strings + bytes.readUInt32LE(aux)));
    record += bytes.readUInt32LE(record + 16);
  }
  return versions;
}

/** Reads what dynamic linking needs to know. `what` names the file in the error. */
export function readElf(bytes: Buffer, what: string): ElfDynamicInfo {
  // EI_CLASS 2 is 64 bit, EI_DATA 1 is little endian.
  if (!isElf(bytes) || bytes[4] !== 2 || bytes[5] !== 1) {
    throw new FirstbornError('host', `Cannot read "${what}" as a 64-bit little-endian ELF file`);
  }
  try {
    return readDynamicInfo(bytes);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot read the dynamic section of "${what}"`, { cause });
  }
}

function readDynamicInfo(bytes: Buffer): ElfDynamicInfo {
  const segments = readSegments(bytes);
  const dynamic = readDynamic(bytes, segments);
  const value = (tag: number): number | undefined => dynamic.find(([key]) => key === tag)?.[1];
  const offsetOf = (tag: number): number => fileOffset(segments, value(tag) ?? 0);
  const strings = value(DT_STRTAB) === undefined ? 0 : offsetOf(DT_STRTAB);
  const text = (tag: number): string | undefined => {
    const offset = value(tag);
    return offset === undefined ? undefined : readString(bytes, strings + offset);
  };
  const interpreter = segments.find((segment) => segment.type === PT_INTERP);
  return {
    machine: bytes.readUInt16LE(18),
    interpreter: interpreter && readString(bytes, interpreter.offset),
    soname: text(DT_SONAME),
    needed: dynamic
      .filter(([tag]) => tag === DT_NEEDED)
      .map(([, offset]) => readString(bytes, strings + offset)),
    runpath: text(DT_RUNPATH) ?? text(DT_RPATH),
    neededVersions:
      value(DT_VERNEED) === undefined
        ? new Map()
        : readNeededVersions(bytes, offsetOf(DT_VERNEED), value(DT_VERNEEDNUM) ?? 0, strings),
    definedVersions:
      value(DT_VERDEF) === undefined
        ? new Set()
        : readDefinedVersions(bytes, offsetOf(DT_VERDEF), value(DT_VERDEFNUM) ?? 0, strings),
  };
}
