import * as z from 'zod/mini';
import { Offset, ShortText } from './fields.ts';

/** What the guest answers to requests. Only the host reads these, so init's bundle is without their schemas. */

const ExecNumber = z.int().check(z.minimum(1));

/** Which streams a process has; none of them when it was started with `detach`. */
export const ExecStreams = z.looseObject({
  stdin: z.optional(z.int()),
  stdout: z.optional(z.int()),
  /** Absent with a terminal. */
  stderr: z.optional(z.int()),
});
export type ExecStreams = z.infer<typeof ExecStreams>;

export const ExecStarted = z.looseObject({ exec: ExecNumber, pid: z.int(), streams: ExecStreams });
export type ExecStarted = z.infer<typeof ExecStarted>;

export const ExecList = z.looseObject({ execs: z.array(ExecStarted) });
export type ExecList = z.infer<typeof ExecList>;

export const FileStat = z.looseObject({
  type: z.enum(['file', 'directory', 'symlink', 'character', 'block', 'fifo', 'socket']),
  /** Permission bits with set-id and sticky. */
  mode: z.int(),
  uid: z.int(),
  gid: z.int(),
  sizeBytes: Offset,
  modifiedMs: z.number(),
  /** Of a symbolic link. */
  target: z.optional(ShortText),
});
export type FileStat = z.infer<typeof FileStat>;

/** `stream` carries the tar from whom it concerns; its end frame ends the archive. */
export const TransferStarted = z.looseObject({ transfer: z.int(), stream: z.int() });
export type TransferStarted = z.infer<typeof TransferStarted>;

export const TransferSummary = z.looseObject({ entries: z.int(), contentBytes: Offset });
export type TransferSummary = z.infer<typeof TransferSummary>;

/** Milliseconds since 1970 in UTC, before and after the step, with fractions. */
export const ClockReading = z.looseObject({ unixMs: z.number(), steppedMs: z.number() });
export type ClockReading = z.infer<typeof ClockReading>;
