import * as z from 'zod/mini';
import { maxListEntries, maxStringBytes, maxTerminalSize } from './limits.ts';

/** The small schemas that messages and configs share. */

/** Text that is only shown; who sends it cuts it to this. */
export const ShortText = z.string().check(z.maxLength(4096));
/** An offset or a size in bytes. */
export const Offset = z.int().check(z.minimum(0));
export const ExitCode = z.int().check(z.minimum(0), z.maximum(255));
export const SignalNumber = z.int().check(z.minimum(1), z.maximum(64));

/** A string that can cross execve(2) and mount(2): bounded and without NUL. */
export const CString = z.string().check(
  z.maxLength(maxStringBytes),
  z.refine((text) => !text.includes('\0'), 'must not contain a NUL byte'),
);
export const CStrings = z.array(CString).check(z.maxLength(maxListEntries));
export const AbsolutePath = CString.check(z.startsWith('/'));

const EnvironmentName = z
  .string()
  .check(z.regex(/^[^=\0]+$/, 'expected a variable name without "=" and NUL'));
export const Environment = z.record(EnvironmentName, CString);

/** Rows and columns of a terminal in characters. */
export const TerminalSize = z.object({
  rows: z.int().check(z.minimum(0), z.maximum(maxTerminalSize)),
  columns: z.int().check(z.minimum(0), z.maximum(maxTerminalSize)),
});
export type TerminalSize = z.infer<typeof TerminalSize>;
