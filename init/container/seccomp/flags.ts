import { refuse } from './refuse.ts';

/**
 * Flags of seccomp(2). SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is about waiting for a listener: there is none here, and
 * without one the kernel refuses the flag, so it is nothing.
 */
const flagBits: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 0,
};

/** The profile's flags as the number that seccomp(2) takes. Throws a FirstbornError of code `config` for another. */
export function readFlags(flags: readonly string[]): number {
  let bits = 0;
  for (const [index, flag] of flags.entries()) {
    const bit = Object.hasOwn(flagBits, flag) ? flagBits[flag] : undefined;
    bits |= bit ?? refuse(`.flags[${index}]`, `expected a flag of seccomp(2), found "${flag}"`);
  }
  return bits;
}
