import { open, stat } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod/mini';

const tailBytes = 64 * 1024;
const panicPattern = /Kernel panic - not syncing|BUG: |Oops: |Out of memory: Killed process 1 /;

/** Cleans a serial console's text: no escape sequences, no other control characters, no empty lines. */
function cleanLines(text: string): string[] {
  return (
    stripVTControlCharacters(text)
      .split(/\r?\n|\r/)
      // A console can hold anything, and these lines go to a terminal.
      .map((line) => line.replaceAll(/\p{Cc}/gu, '').trimEnd())
      .filter((line) => line !== '')
  );
}

/** What is worth reading of one of init's own records (JSON lines as pino writes them). */
const LogRecord = z.looseObject({ msg: z.string(), phase: z.optional(z.string()) });

/** A record of init becomes `init: root: Cannot mount …`; any other line stays as it is. */
function readableLine(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, phase } = LogRecord.parse(JSON.parse(line));
    return phase === undefined ? `init: ${msg}` : `init: ${phase}: ${msg}`;
  } catch {
    return line;
  }
}

/**
 * The lines of a console that tell most about an end without a word: those around the first panic, or else
 * the last ones. Pure.
 */
export function relevantConsoleLines(text: string, maxLines: number): string[] {
  const lines = cleanLines(text).map(readableLine);
  const panic = lines.findIndex((line) => panicPattern.test(line));
  if (panic === -1) return lines.slice(-maxLines);
  const before = Math.floor(maxLines / 2);
  const start = Math.max(0, panic - before);
  return lines.slice(start, start + maxLines);
}

/** Whether a console log holds anything. Not so what is no file: a pipe or a terminal has its own reader. */
export async function hasConsoleText(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFile() && found.size > 0;
  } catch {
    return false;
  }
}

/** Reads the end of a console log and picks the relevant lines; none when there is no log. */
export async function readConsoleTail(path: string, maxLines: number): Promise<string[]> {
  try {
    // The open of a pipe would wait for its writer.
    if (!(await hasConsoleText(path))) return [];
    await using file = await open(path);
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
    return relevantConsoleLines(buffer.toString('utf8', 0, bytesRead), maxLines);
  } catch {
    return [];
  }
}
