import type { SpecDeviceRule } from '../../../protocol/oci/runtime-spec.ts';
import { refuseValue } from '../refuse-value.ts';
import { maxMajor, maxMinor, wholeNumber } from '../resources/limit-text.ts';

/** linux/bpf.h: BPF_DEVCG_DEV_BLOCK and BPF_DEVCG_DEV_CHAR; `undefined` is both. */
export const deviceTypes = { a: undefined, b: 1, c: 2 } as const;

/** linux/bpf.h, BPF_DEVCG_ACC_*: mknod, read, write. */
export const accessBits = { m: 1, r: 2, w: 4 } as const;
export const fullAccess = 7;

/** A rule with the specification's defaults filled in. What is `undefined` fits every device. */
export interface DeviceRule {
  allow: boolean;
  type: 1 | 2 | undefined;
  major: number | undefined;
  minor: number | undefined;
  access: number;
}

const isAccess = (letter: string): letter is keyof typeof accessBits => Object.hasOwn(accessBits, letter);

function accessMask(access: string, path: string): number {
  let mask = 0;
  for (const letter of access) {
    if (!isAccess(letter)) refuseValue(path, `expected letters of "rwm", got ${JSON.stringify(access)}`);
    mask |= accessBits[letter];
  }
  return mask === 0 ? refuseValue(path, 'expected letters of "rwm", got none') : mask;
}

function numberOf(value: number | undefined, most: number, path: string): number | undefined {
  return value === undefined || value === -1 ? undefined : wholeNumber(value, 0, most, path);
}

/** Throws a FirstbornError that names the bad value below `path`. Pure. */
export function parseDeviceRule(rule: SpecDeviceRule, path: string): DeviceRule {
  return {
    allow: rule.allow,
    type: deviceTypes[rule.type ?? 'a'],
    major: numberOf(rule.major, maxMajor, `${path}.major`),
    minor: numberOf(rule.minor, maxMinor, `${path}.minor`),
    access: rule.access === undefined ? fullAccess : accessMask(rule.access, `${path}.access`),
  };
}

/** Whether it decides about everything, so that no rule before it counts. */
export function isUniversal({ type, major, minor, access }: DeviceRule): boolean {
  return type === undefined && major === undefined && minor === undefined && access === fullAccess;
}
