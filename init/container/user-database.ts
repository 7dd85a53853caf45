import type { Native, NativeError } from '../../addon/native.ts';
import { FirstbornError } from '../../protocol/errors.ts';
import { maxUserDatabaseBytes } from '../../protocol/limits.ts';
import { readFileInRoot } from '../boot/read-file-in-root.ts';
import { parsePasswd, type UserDatabase } from '../../protocol/oci/convert/user.ts';

const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NativeError).code);

/** Reads a file inside a container's root; `undefined` when it is not there. */
function readInImage(native: Native, rootPath: string, path: string): string | undefined {
  try {
    return readFileInRoot(native, rootPath, path, maxUserDatabaseBytes);
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw new FirstbornError('guest', `Cannot read "${path}" in the image`, { cause });
  }
}

/** The home directory that a container's root has for a user, `/` without an entry. */
export function findHome(native: Native, rootPath: string, uid: number): string {
  const users = parsePasswd(readInImage(native, rootPath, '/etc/passwd') ?? '');
  return users.find((user) => user.uid === uid)?.home || '/';
}

/** Reads /etc/passwd and /etc/group of a container's root. */
export function readUserDatabase(native: Native, rootPath: string): UserDatabase {
  return {
    passwd: readInImage(native, rootPath, '/etc/passwd'),
    group: readInImage(native, rootPath, '/etc/group'),
  };
}
