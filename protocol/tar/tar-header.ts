import { decodePathBytes } from '../path-bytes.ts';

/** Everything in a tar archive is padded to blocks of this size. */
export const tarBlockBytes = 512;

/** A header block as it stands, before pax and GNU extensions change it. */
export interface TarHeader {
  /** The character at offset 156; NUL for a regular file in old archives. */
  typeFlag: string;
  name: string;
  linkName: string;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  mtimeSeconds: number;
  devMajor: number;
  devMinor: number;
}

/** What a block turned out to be. */
export type DecodedBlock =
  | { state: 'header'; header: TarHeader }
  | { state: 'zero' }
  | { state: 'invalid'; reason: string };

const checksumStart = 148;
const checksumEnd = 156;
const zeroBlock = Buffer.alloc(tarBlockBytes);

/**
 * Reads one 512-byte header block: v7, ustar (POSIX pax(1), "ustar Interchange Format"), GNU (tar(5)) and star.
 * Never throws.
 */
export function decodeTarHeader(block: Buffer): DecodedBlock {
  if (block.equals(zeroBlock)) return { state: 'zero' };
  if (!hasValidChecksum(block)) return { state: 'invalid', reason: 'a header has a wrong checksum' };
  try {
    return { state: 'header', header: decodeFields(block) };
  } catch (error) {
    if (error instanceof RangeError) return { state: 'invalid', reason: error.message };
    throw error;
  }
}

function decodeFields(block: Buffer): TarHeader {
  const magic = block.toString('latin1', 257, 263);
  const isPosix = magic === 'ustar\0';
  // GNU archives ("ustar ") keep times and sparse maps where the prefix would be; v7 has nothing there.
  const hasDevices = isPosix || magic === 'ustar ';
  const isStar = isPosix && block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = isPosix ? decodeText(block, 345, isStar ? 131 : 155) : '';
  const name = decodeText(block, 0, 100);
  return {
    typeFlag: String.fromCharCode(block[156] ?? 0),
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: decodeText(block, 157, 100),
    mode: decodeTarNumber(block, 100, 8) & 0o7777,
    uid: decodeTarNumber(block, 108, 8),
    gid: decodeTarNumber(block, 116, 8),
    sizeBytes: decodeTarNumber(block, 124, 12),
    mtimeSeconds: decodeTarNumber(block, 136, 12),
    devMajor: hasDevices ? decodeTarNumber(block, 329, 8) : 0,
    devMinor: hasDevices ? decodeTarNumber(block, 337, 8) : 0,
  };
}

function decodeText(block: Buffer, offset: number, lengthBytes: number): string {
  const field = block.subarray(offset, offset + lengthBytes);
  const end = field.indexOf(0);
  return decodePathBytes(end === -1 ? field : field.subarray(0, end));
}

/** An octal number, or GNU's base-256 for what does not fit. Throws RangeError for anything else. */
export function decodeTarNumber(block: Buffer, offset: number, lengthBytes: number): number {
  const end = offset + lengthBytes;
  if (((block[offset] ?? 0) & 0x80) !== 0) return decodeBase256(block.subarray(offset, end));
  let start = offset;
  while (start < end && isPadding(block[start])) start++;
  let value = 0;
  for (let index = start; index < end && !isPadding(block[index]); index++) {
    const digit = (block[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) {
      const text = block.toString('latin1', start, end).replace(/[ \0].*$/s, '');
      throw new RangeError(`a header has "${text}" where an octal number belongs`);
    }
    value = value * 8 + digit;
  }
  return value;
}

/** Writers pad with spaces or NUL, on either side. */
function isPadding(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0;
}

/** Two's complement, most significant byte first; the top bit only marks the format. */
function decodeBase256(field: Buffer): number {
  const lead = field[0] ?? 0;
  const negative = (lead & 0x40) !== 0;
  let value = BigInt(lead & 0x7f);
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  if (negative) value -= 1n << BigInt(field.length * 8 - 1);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('a header has a number beyond 2^53');
  return number;
}

/** Sums the block with the checksum field as spaces; some old tools summed signed bytes. */
function hasValidChecksum(block: Buffer): boolean {
  let unsigned = 8 * 0x20;
  let negatives = 0;
  for (let index = 0; index < tarBlockBytes; index++) {
    if (index === checksumStart) index = checksumEnd;
    const byte = block[index] ?? 0;
    unsigned += byte;
    if (byte > 0x7f) negatives++;
  }
  try {
    const stored = decodeTarNumber(block, checksumStart, checksumEnd - checksumStart);
    return stored === unsigned || stored === unsigned - negatives * 256;
  } catch {
    return false;
  }
}
