/** Reads what the kernel prints as a decimal number, kept where JSON and JavaScript are exact. */
export function toCount(word: string | undefined): number {
  const value = Number(word);
  return Number.isNaN(value) ? 0 : Math.min(Math.max(value, 0), Number.MAX_SAFE_INTEGER);
}

/**
 * Reads lines of a key and a number, with or without a colon between them: memory.stat, cpu.stat, memory.events,
 * /proc/meminfo, /proc/PID/status (proc(5)). Units stay behind; lines of another form are left out.
 */
export function parseCounters(text: string): Map<string, number> {
  const counters = new Map<string, number>();
  for (const [, key = '', digits] of text.matchAll(/^([^\s:]+):?[ \t]+(\d+)/gm)) {
    if (!counters.has(key)) counters.set(key, toCount(digits));
  }
  return counters;
}

/** One value of `parseCounters`; 0 when the kernel does not have it. */
export function counter(counters: ReadonlyMap<string, number>, key: string): number {
  return counters.get(key) ?? 0;
}

/** Reads a file of one number or the word `max`, which is null: no limit. `undefined` stays what it is. */
export function parseLimit(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  return text.trim() === 'max' ? null : toCount(text.trim());
}
