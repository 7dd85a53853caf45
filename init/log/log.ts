import { writeSync } from 'node:fs';
import pino, { type Logger } from 'pino';

export type Log = Logger;

const consoleFd = 2;

/**
 * Makes the log: JSON lines on the console, written at once, because the last line before a power-off is
 * the one that somebody needs. A console that is gone must not take PID 1 with it.
 */
export function makeLog(): Log {
  return pino(
    { base: null, level: 'info', timestamp: () => `,"uptimeMs":${Math.round(process.uptime() * 1000)}` },
    {
      write(line: string): void {
        try {
          writeSync(consoleFd, line);
        } catch {
          // Nothing is left to tell it to.
        }
      },
    },
  );
}
