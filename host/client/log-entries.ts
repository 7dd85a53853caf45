import type { LogLine } from './types.ts';

/**
 * The lines of a log in the format of Kubernetes' container runtime interface:
 *
 *     2016-10-06T00:17:09.669794202Z stdout F the whole of a line, or its end
 *     2016-10-06T00:17:09.669794202Z stderr P a piece of a line, which goes on in the next entry of its stream
 */
export interface LogEntry {
  time: string;
  stream: 'stdout' | 'stderr';
  /** The line that it belongs to ends with it. */
  isFinal: boolean;
  content: Buffer;
}

/** Bytes of one line that are held in memory; a longer one is cut into several. */
const maxLineBytes = 1024 * 1024;
const pattern = /^(\d{4}-\d\d-\d\dT\S{1,32}) (stdout|stderr) ([FP])(?::\S*)? /;
const maxHeadBytes = 128;
const lineFeed = Buffer.from('\n');

/** Reads one line of a log without its line feed; `undefined` for what is none. */
export function parseLogEntry(line: Buffer): LogEntry | undefined {
  const match = pattern.exec(line.toString('latin1', 0, maxHeadBytes));
  if (match === null) return undefined;
  const [head, time = '', stream, tag] = match;
  return {
    time,
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    isFinal: tag === 'F',
    content: line.subarray(head.length),
  };
}

interface OpenLine {
  time: string;
  pieces: Buffer[];
  lengthBytes: number;
}

/** Puts the entries of each stream together to lines. A line has the time of its first piece. */
export class LineJoiner {
  readonly #open = new Map<LogEntry['stream'], OpenLine>();

  /** Takes an entry; returns the line that it completes, if it does. */
  push({ stream, time, content, isFinal }: LogEntry): LogLine | undefined {
    const line = this.#open.get(stream) ?? { time, pieces: [], lengthBytes: 0 };
    line.pieces.push(content);
    line.lengthBytes += content.length;
    if (isFinal) line.pieces.push(lineFeed);
    if (!isFinal && line.lengthBytes < maxLineBytes) {
      this.#open.set(stream, line);
      return undefined;
    }
    this.#open.delete(stream);
    return finished(stream, line);
  }

  /** Nothing more comes: the lines that have not ended, as they are. */
  flush(): LogLine[] {
    const lines = [...this.#open].map(([stream, line]) => finished(stream, line));
    this.#open.clear();
    return lines;
  }
}

function finished(stream: LogLine['stream'], { time, pieces }: OpenLine): LogLine {
  return { timeMs: Date.parse(time), time, stream, bytes: Buffer.concat(pieces) };
}
