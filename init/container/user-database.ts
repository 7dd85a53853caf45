import { closeSync, constants, fstatSync, readSync } from 'node:fs';
import type { Native, NativeError } from '../../addon/native.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { maxUserDatabaseBytes } from '../../protocol/limits.ts';
import type { UserDatabase } from './user.ts';

const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NativeError).code);

/** Reads a file inside a container's root, links resolved inside it; `undefined` when it is not there. */
function readInRoot(native: Native, rootPath: string, path: string): string | undefined {
  let fd: number;
  try {
    // Without O_NONBLOCK a FIFO in the image would stop PID 1 for ever.
    fd = native.openInRoot(rootPath, path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY, 0);
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw new FirstbornError('guest', `Cannot open "${path}" in the image`, { cause });
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > maxUserDatabaseBytes) {
      throw new FirstbornError(
        'guest',
        `Cannot read "${path}" in the image: expected a file of at most ${maxUserDatabaseBytes} bytes`,
      );
    }
    const bytes = Buffer.alloc(stat.size);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** Reads /etc/passwd and /etc/group of a container's root. */
export function readUserDatabase(native: Native, rootPath: string): UserDatabase {
  return {
    passwd: readInRoot(native, rootPath, '/etc/passwd'),
    group: readInRoot(native, rootPath, '/etc/group'),
  };
}
