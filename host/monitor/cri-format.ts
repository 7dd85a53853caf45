/**
 * The workload's log in the format of Kubernetes' CRI: `2016-10-06T00:17:09.669794202Z stdout F a line`. `F`
 * ends a line; `P` is a piece of one whose rest follows under the same stream's name. Bytes are as the
 * workload wrote them; only line feeds are the format's.
 */
export type LogStream = 'stdout' | 'stderr';

/** A longer line is split, so that a reader needs no more memory than this for one. */
export const maxPieceBytes = 16 * 1024;
const lineFeed = 0x0a;

/** RFC 3339 with nanoseconds, of which the clock has the first milliseconds. */
export function logTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('Z', '000000Z');
}

/**
 * Writes one chunk of output as log lines. A line that the chunk does not finish becomes a `P` piece at once:
 * what was taken from the workload is in the log, whatever happens to us next. Pure.
 */
export function formatChunk(time: string, stream: LogStream, chunk: Buffer): Buffer {
  const full = Buffer.from(`${time} ${stream} F `);
  const partial = Buffer.from(`${time} ${stream} P `);
  const end = Buffer.of(lineFeed);
  const parts: Buffer[] = [];
  for (let start = 0; start < chunk.length; ) {
    const feed = chunk.indexOf(lineFeed, start);
    const lineEnd = feed === -1 ? chunk.length : feed;
    const pieceEnd = Math.min(lineEnd, start + maxPieceBytes);
    const isWhole = pieceEnd === feed;
    parts.push(isWhole ? full : partial, chunk.subarray(start, pieceEnd), end);
    start = isWhole ? pieceEnd + 1 : pieceEnd;
  }
  return Buffer.concat(parts);
}

/** One line of the log, taken apart. */
export interface CriEntry {
  time: string;
  stream: LogStream;
  /** The line goes on in the stream's next entry. */
  isPartial: boolean;
  /** Without the line feed that ends an entry that is not partial. */
  content: Buffer;
}

const headPattern = /^(\S{20,40}) (stdout|stderr) ([FP]) /;
const maxHeadBytes = 64;

/** Reads one line, without its line feed; `undefined` when it is none of this format. Pure. */
export function parseCriLine(line: Buffer): CriEntry | undefined {
  const match = headPattern.exec(line.toString('latin1', 0, maxHeadBytes));
  if (match === null) return undefined;
  const [head, time = '', stream, tag] = match;
  return {
    time,
    stream: stream as LogStream,
    isPartial: tag === 'P',
    content: line.subarray(head.length),
  };
}
