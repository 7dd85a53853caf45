import type { ByteWriter } from './byte-writer.ts';
import { maxGroups, maxListEntries, slotCount } from './limits.ts';

/** One argument as a method of Plan hands it over. */
export type ArgumentValue = number | bigint | string | Uint8Array | readonly string[] | readonly number[];

const maxFd = 0x7fff_ffff;
const maxU32 = 0xffff_ffff;
const maxU64 = 0xffff_ffff_ffff_ffffn;

/**
 * Writes the arguments of one operation by its signature (see `operation-codes.ts`). Throws TypeError for a
 * value of the wrong type and RangeError for one out of range: both are the caller's bugs.
 */
export function encodeArguments(
  writer: ByteWriter,
  signature: string,
  values: readonly ArgumentValue[],
): void {
  for (let index = 0; index < signature.length; index += 1) {
    encodeArgument(writer, signature.charAt(index), values[index]);
  }
}

function encodeArgument(writer: ByteWriter, type: string, value: ArgumentValue | undefined): void {
  switch (type) {
    case 'w':
      writer.number64(wholeNumber(value, 0, maxU32));
      return;
    case 'i':
      writer.number64(wholeNumber(value, -0x8000_0000, 0x7fff_ffff));
      return;
    case 'f':
      writer.number64(wholeNumber(value, 0, maxFd));
      return;
    case 'l':
      writer.number64(wholeNumber(value, 0, slotCount - 1));
      return;
    case 'n':
      if (typeof value === 'bigint') writer.u64(checkBits(value));
      else writer.number64(wholeNumber(value, 0, Number.MAX_SAFE_INTEGER));
      return;
    case 's':
      writer.block(stringBytes(value));
      return;
    case 'b':
      if (!(value instanceof Uint8Array)) throw new TypeError(`Cannot encode ${typeof value} as bytes`);
      writer.block(value);
      return;
    case 'v':
    case 'V':
      encodeStrings(writer, value, type === 'V' ? 1 : 0);
      return;
    case 'g':
      encodeNumbers(writer, value);
      return;
    default:
      throw new TypeError(`Cannot encode an argument of type "${type}"`);
  }
}

function wholeNumber(value: ArgumentValue | undefined, least: number, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`Cannot encode ${typeof value} as a number`);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Cannot encode ${value}, expected a whole number from ${least} to ${most}`);
  }
  return value;
}

function checkBits(value: bigint): bigint {
  if (value < 0n || value > maxU64) throw new RangeError(`Cannot encode ${value} as a number of 64 bits`);
  return value;
}

function stringBytes(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw new TypeError(`Cannot encode ${typeof value} as a string`);
  if (value.includes('\0')) throw new RangeError(`Cannot encode ${JSON.stringify(value)}, it holds a NUL`);
  return Buffer.from(value, 'utf8');
}

function encodeStrings(writer: ByteWriter, value: unknown, least: number): void {
  if (!Array.isArray(value)) throw new TypeError(`Cannot encode ${typeof value} as a list of strings`);
  if (value.length < least || value.length > maxListEntries) {
    throw new RangeError(`Cannot encode ${value.length} strings, expected ${least} to ${maxListEntries}`);
  }
  writer.number64(value.length);
  for (const text of value) writer.block(stringBytes(text));
}

/** A u64 count, then the numbers as u32, padded with zeros to the next 8-byte boundary. */
function encodeNumbers(writer: ByteWriter, value: unknown): void {
  if (!Array.isArray(value)) throw new TypeError(`Cannot encode ${typeof value} as a list of numbers`);
  if (value.length > maxGroups) {
    throw new RangeError(`Cannot encode ${value.length} numbers, at most ${maxGroups}`);
  }
  writer.number64(value.length);
  for (const number of value) writer.u32(wholeNumber(number, 0, maxU32));
  if (value.length % 2 === 1) writer.u32(0);
}
