import { existsSync, openSync, closeSync, renameSync, rmSync } from 'node:fs';
import { inodeOf } from './log-position.ts';

/** The file that becomes the log when a rotation is complete. */
export const nextLogPath = (logPath: string): string => `${logPath}.next`;

const oldPath = (logPath: string, age: number): string => `${logPath}.${age}`;

/**
 * Moves the log to `.1`, `.1` to `.2` and so on, and the file at `nextLogPath` to the log's place. `files` is
 * how many remain in all. May be repeated after it was interrupted anywhere: older files move only as far as the first number that
 * is free, so nothing moves twice. Blocks. Throws what rename(2) throws.
 */
export function shiftLogs(logPath: string, files: number): void {
  const oldest = files - 1;
  if (oldest > 0 && existsSync(logPath)) {
    let free = 1;
    while (free <= oldest && existsSync(oldPath(logPath, free))) free += 1;
    if (free > oldest) {
      rmSync(oldPath(logPath, oldest));
      free = oldest;
    }
    for (let age = free - 1; age >= 1; age -= 1) renameSync(oldPath(logPath, age), oldPath(logPath, age + 1));
    renameSync(logPath, oldPath(logPath, 1));
  }
  renameSync(nextLogPath(logPath), logPath);
}

/**
 * Finishes a rotation that a kill interrupted: the note names the next file already, so that file is the log.
 * One that no note names yet is dropped.
 */
export function finishRotation(logPath: string, files: number, notedInode: string | undefined): void {
  const nextPath = nextLogPath(logPath);
  if (!existsSync(nextPath)) return;
  const fd = openSync(nextPath, 'r');
  const inode = inodeOf(fd);
  closeSync(fd);
  if (inode === notedInode) shiftLogs(logPath, files);
  else rmSync(nextPath);
}
