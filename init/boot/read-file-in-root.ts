import { closeSync, constants, fstatSync, readSync } from 'node:fs';
import type { Native, NativeError } from '../../addon/native.ts';

/** Without O_NONBLOCK a FIFO would stop PID 1 for ever. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The errno first: that is what a reader looks for. */
function openFile(native: Native, root: string, path: string): number {
  try {
    return native.openInRoot(root, path, openFlags, 0);
  } catch (error) {
    const { code, syscall } = error as NativeError;
    throw Object.assign(new Error(`${code} in ${syscall}`), { code });
  }
}

/**
 * Reads a text file of a tree that init does not trust, links resolved inside it. Never blocks on what is no
 * file. Throws an error with the errno's name as its `code`, or RangeError for what is no file or longer than `maxBytes`.
 */
export function readFileInRoot(native: Native, root: string, path: string, maxBytes: number): string {
  const fd = openFile(native, root, path);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > maxBytes) {
      throw new RangeError(`expected a file of at most ${maxBytes} bytes`);
    }
    const bytes = Buffer.alloc(stat.size);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
