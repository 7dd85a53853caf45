import pino from 'pino';
import type { Log } from '../../init/log/log.ts';

/** A log whose lines a test can read. */
export interface RecordingLog {
  log: Log;
  /** The lines so far, parsed. `level` is pino's number: 40 is a warning. */
  lines: Record<string, unknown>[];
}

export function makeRecordingLog(): RecordingLog {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { base: null, level: 'trace', timestamp: false },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return { log, lines };
}
