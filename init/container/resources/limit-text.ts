import { refuseValue } from '../refuse-value.ts';

/** Numbers of JSON from here on stand for the largest ones of 64 bits, which mean "no limit". */
const noLimitFrom = 2 ** 63;

/** The largest device numbers of Linux: 12 and 20 bits (linux/kdev_t.h). */
export const maxMajor = 0xfff;
export const maxMinor = 0xf_ffff;

/** `value` when it is a whole number between the two, else a refusal that names `path`. */
export function wholeNumber(value: number, least: number, most: number, path: string): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  return refuseValue(path, `expected a whole number from ${least} to ${most}, got ${value}`);
}

/** A limit in the kernel's words: -1 and what does not fit 63 bits is `max`. Every digit is written, never an exponent. */
export function limitText(value: number, path: string): string {
  if (value === -1 || value >= noLimitFrom) return 'max';
  if (!Number.isInteger(value) || value < 0) refuseValue(path, `expected -1 or a whole number, got ${value}`);
  return String(BigInt(value));
}

/** The same for members of which runc takes 0 as "not given". */
export function optionalLimitText(value: number | undefined, path: string): string | undefined {
  return value === undefined || value === 0 ? undefined : limitText(value, path);
}

/** A device as cgroup files name it: `8:16`. */
export function deviceText(device: { major: number; minor: number }, path: string): string {
  const major = wholeNumber(device.major, 0, maxMajor, `${path}.major`);
  return `${major}:${wholeNumber(device.minor, 0, maxMinor, `${path}.minor`)}`;
}
