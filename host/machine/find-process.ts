import { readdirSync, readFileSync } from 'node:fs';
import { processIdentity } from './liveness.ts';
import type { ProcessIdentity } from './machine-record.ts';

/**
 * Finds a process of ours by a text that only its command line has, such as the path of its machine's socket. Looks at
 * every process once, through proc(5).
 */
export function findProcess(commandText: string): ProcessIdentity | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(commandText)) {
        return processIdentity(Number(name));
      }
    } catch {
      // It has ended, or is not ours to look at.
    }
  }
  return undefined;
}
