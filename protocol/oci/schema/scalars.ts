import * as z from 'zod/mini';
import { maxPathBytes, maxWordBytes } from './bounds.ts';

/** The small schemas of a runtime-spec configuration. Functions, so that nothing is built before it is needed. */

/** The largest doubles that are still numbers of 63 and of 64 bits. */
const maxInt64 = 2 ** 63 - 1024;
const maxUint64 = 2 ** 64 - 2048;

export const maxUint32 = 0xffff_ffff;

/** `bytes` bounds the UTF-8 that the kernel sees. */
export function text(bytes: number = maxWordBytes) {
  return z.string().check(
    z.refine((value) => !value.includes('\0'), 'must not contain a NUL byte'),
    // Half a surrogate pair would reach the kernel as another character.
    z.refine((value) => value.isWellFormed(), 'expected well-formed Unicode'),
    z.refine((value) => Buffer.byteLength(value) <= bytes, `expected at most ${bytes} bytes`),
  );
}

export function path() {
  return text(maxPathBytes).check(z.refine((value) => value !== '', 'expected a path'));
}

export function absolutePath() {
  return text(maxPathBytes).check(z.refine((value) => value.startsWith('/'), 'expected an absolute path'));
}

/** A string that may be missing, which for those who write configurations with Go's types is the empty one. */
export function optionalText<Schema extends z.ZodMiniType<string, string>>(schema: Schema) {
  const filled = z.transform((value: unknown) => (value === '' ? undefined : value) as string | undefined);
  return z.optional(z.pipe(filled, z.optional(schema)));
}

/** A number, also one that exact JSON reads as bigint. */
function number() {
  const rounded = z.transform((value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
  return z.pipe(rounded, z.number()) as z.ZodMiniType<number>;
}

export function wholeNumber(
  minimum: number,
  maximum: number,
  wanted = `a whole number from ${minimum} to ${maximum}`,
) {
  const inRange = (value: number) => Number.isInteger(value) && value >= minimum && value <= maximum;
  return number().check(z.refine(inRange, `expected ${wanted}`));
}

export function uint32() {
  return wholeNumber(0, maxUint32);
}

/** A user or group id; the highest number stands for "unchanged" in setuid(2) and belongs to nobody. */
export function userId() {
  return wholeNumber(0, maxUint32 - 1);
}

/** 64 bits as far as a double holds them: above 2^53 the last bits are lost, and never those that keep it in range. */
export function uint64() {
  const exact = wholeNumber(0, 2 ** 64, 'a whole number of 64 bits');
  return exact.check(z.overwrite((value) => Math.min(value, maxUint64)));
}

/** A number of 63 bits, or -1, which stands for "no limit". */
export function limit() {
  const exact = wholeNumber(-1, 2 ** 63, 'a whole number, or -1 for no limit');
  return exact.check(z.overwrite((value) => Math.min(value, maxInt64)));
}

/** The low and the high limit of a kind of device (makedev(3)). */
export function deviceMajor(minimum = 0) {
  return wholeNumber(minimum, 0xfff);
}
export function deviceMinor(minimum = 0) {
  return wholeNumber(minimum, 0xf_ffff);
}
