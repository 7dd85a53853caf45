import type { SpecRlimit } from '../runtime-spec.ts';

/**
 * What a process expects that a service manager started: room for select(2), and more for who asks. Node
 * raises its own soft limit, and the kernel's hard limit for its first process is a mere 4096.
 */
const defaultRlimits: readonly SpecRlimit[] = [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 524_288 }];

/** The default limits, with those that are asked for in their place or behind them; of two of a type the last. Pure. */
export function composeRlimits(asked: readonly SpecRlimit[] = []): SpecRlimit[] {
  return [...new Map([...defaultRlimits, ...asked].map((limit) => [limit.type, limit])).values()];
}
