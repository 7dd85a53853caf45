import { dirname } from 'node:path';
import type { Aborting } from './abort.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { followLines } from './line-follower.ts';
import { LineJoiner, parseLogEntry } from './log-entries.ts';
import { endOfLastLine, tailEntries } from './log-tail.ts';
import { type OpenedFile, openAll } from './rotated-file.ts';
import type { LogLine } from './types.ts';

export interface LogOptions extends Aborting {
  /** Goes on until the machine has ended and everything is read. */
  follow?: boolean;
  /** Only lines from this time on, in milliseconds since 1970. */
  sinceMs?: number;
  /** Only so many of the last lines that are there at the beginning. */
  tail?: number;
}

/** Where a log is, and how to know that nothing more is written to it. */
export interface LogSource {
  path: string;
  isOver: () => Promise<boolean>;
}

interface LogStart {
  lines: LogLine[];
  /** Where to read on; from the oldest file's beginning when absent. */
  next?: { file: OpenedFile; position: number };
}

/** The last lines, and where the log goes on behind them. What the joiner holds goes on there too. */
async function startAtTail(path: string, count: number, joiner: LineJoiner): Promise<LogStart> {
  const [newest, ...older] = await openAll(path);
  if (newest === undefined) return { lines: [] };
  try {
    const position = await endOfLastLine(newest);
    const entries = count === 0 ? [] : await tailEntries([newest, ...older], position, count);
    // A line that has not ended yet is one of them, and comes out when it does.
    const lines = entries.map((entry) => joiner.push(entry)).filter((line) => line !== undefined);
    return { lines, next: { file: newest, position } };
  } catch (error) {
    await newest.handle.close();
    throw error;
  } finally {
    for (const { handle } of older) await handle.close();
  }
}

/**
 * The lines of a workload's log, put together from the entries of each stream. A line is given when it has ended,
 * one that never ends when the log does. Throws the signal's reason when aborted.
 */
export async function* readLog(
  { path, isOver }: LogSource,
  { follow = false, sinceMs = Number.NEGATIVE_INFINITY, tail, signal }: LogOptions = {},
): AsyncGenerator<LogLine, void, undefined> {
  const joiner = new LineJoiner();
  using watch = follow ? new DirectoryWatch(dirname(path)) : undefined;
  const isWanted = (line: LogLine): boolean => line.timeMs >= sinceMs;
  const start = tail === undefined ? { lines: [] } : await startAtTail(path, tail, joiner);
  yield* start.lines.filter(isWanted);
  for await (const text of followLines({ path, watch, isOver, signal }, start.next)) {
    const entry = parseLogEntry(text);
    const line = entry === undefined ? undefined : joiner.push(entry);
    if (line !== undefined && isWanted(line)) yield line;
  }
  yield* joiner.flush().filter(isWanted);
}
