import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import * as z from 'zod/mini';
import { Offset } from '../../protocol/fields.ts';
import { replaceFile } from '../machine/replace-file.ts';
import { type LogStream, parseCriLine } from './cri-format.ts';

/** How far each of the workload's streams has been logged, in bytes of this boot. */
export type LogOffsets = Record<LogStream, number>;

/**
 * The note beside the log: from `positionBytes` of the file with this inode number on, the log holds the
 * streams from `offsets` on without a gap. Written when a boot begins, when the log is rotated and when bytes were lost;
 * all that came after it is counted from the file itself.
 */
const LogPosition = z.object({
  version: z.literal(1),
  inode: z.string(),
  positionBytes: Offset,
  offsets: z.object({ stdout: Offset, stderr: Offset }),
});
export type LogPosition = Omit<z.infer<typeof LogPosition>, 'version'>;

const notePath = (logPath: string): string => `${logPath}.offsets`;

/** Writes the note as a whole. Blocks. Throws what writing throws. */
export function writeLogPosition(logPath: string, position: LogPosition): void {
  replaceFile(notePath(logPath), `${JSON.stringify({ version: 1, ...position })}\n`);
}

/** Reads the note; `undefined` when there is none that makes sense. */
export function readLogPosition(logPath: string): LogPosition | undefined {
  try {
    return LogPosition.parse(JSON.parse(readFileSync(notePath(logPath), 'utf8')));
  } catch {
    return undefined;
  }
}

/** A file's inode number; numbers of a file system can exceed what a double holds. */
export function inodeOf(fd: number): string {
  return String(fstatSync(fd, { bigint: true }).ino);
}

export interface LoggedBytes {
  offsets: LogOffsets;
  /** Where the last whole line ends; what follows was torn off by a kill. */
  endBytes: number;
}

const readBytes = 1024 * 1024;
const lineFeed = 0x0a;

/** Counts what a log file holds of each stream from a position on. Blocks for as long as the reading takes. */
export function countLogged(logPath: string, positionBytes: number): LoggedBytes {
  const offsets: LogOffsets = { stdout: 0, stderr: 0 };
  const fd = openSync(logPath, 'r');
  try {
    let endBytes = positionBytes;
    let rest = Buffer.alloc(0);
    for (;;) {
      const piece = Buffer.alloc(readBytes);
      const lengthBytes = readSync(fd, piece, 0, piece.length, endBytes + rest.length);
      if (lengthBytes === 0) return { offsets, endBytes };
      const bytes = Buffer.concat([rest, piece.subarray(0, lengthBytes)]);
      const consumedBytes = countLines(bytes, offsets);
      endBytes += consumedBytes;
      rest = bytes.subarray(consumedBytes);
    }
  } finally {
    closeSync(fd);
  }
}

/** Adds up the whole lines in `bytes` and returns where the last one ends. */
function countLines(bytes: Buffer, offsets: LogOffsets): number {
  let start = 0;
  for (;;) {
    const feed = bytes.indexOf(lineFeed, start);
    if (feed === -1) return start;
    const entry = parseCriLine(bytes.subarray(start, feed));
    if (entry !== undefined) offsets[entry.stream] += entry.content.length + (entry.isPartial ? 0 : 1);
    start = feed + 1;
  }
}
