import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { DirectoryWatch } from './directory-watch.ts';
import { followLines } from './line-follower.ts';
import type { LogOptions, LogSource } from './log-reader.ts';
import type { RecordedEvent } from './types.ts';

/** The monitor checked each event before it wrote it down; a damaged line is skipped. */
const Line = z.looseObject({
  unixMs: z.number(),
  machine: z.object({ id: z.string(), name: z.string() }),
  event: z.looseObject({ event: z.string() }),
});

function parseEvent(line: Buffer): RecordedEvent | undefined {
  try {
    return Line.parse(JSON.parse(line.toString())) as unknown as RecordedEvent;
  } catch {
    return undefined;
  }
}

/** The events of a machine from its creation on; with `follow` until it has ended. */
export async function* readEvents(
  { path, isOver }: LogSource,
  { follow = false, sinceMs = Number.NEGATIVE_INFINITY, signal }: Omit<LogOptions, 'tail'> = {},
): AsyncGenerator<RecordedEvent, void, undefined> {
  using watch = follow ? new DirectoryWatch(dirname(path)) : undefined;
  for await (const line of followLines({ path, watch, isOver, signal })) {
    const event = parseEvent(line);
    if (event !== undefined && event.unixMs >= sinceMs) yield event;
  }
}
