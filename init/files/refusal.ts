import { describeError } from '../../protocol/errors.ts';
import { fileFailure } from '../../protocol/files/file-failure.ts';
import { RequestRefusal } from '../channel/requests.ts';

/** Errors that mean: there is no such file. ELOOP also stands for links into a process's own view of things. */
export const missingFileErrnos: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP'];
/** The same where a directory is wanted: something else in its place is not nothing. */
export const missingDirectoryErrnos: readonly string[] = ['ENOENT', 'ELOOP'];

/**
 * The error reply for a request about a path: `not-found` when the errno is one of `missingErrnos`, else
 * `failed`. `action` says what could not be done.
 */
export function pathRefusal(
  action: string,
  error: unknown,
  missingErrnos: readonly string[],
): RequestRefusal {
  if (error instanceof RequestRefusal) return error;
  const { system } = fileFailure('guest', action, error);
  return refusalOf(error, action, system !== undefined && missingErrnos.includes(system.code));
}

/** The error reply for a copy that ended early. */
export function copyRefusal(error: unknown): RequestRefusal {
  return refusalOf(error, 'Cannot finish the copy', false);
}

function refusalOf(error: unknown, action: string, isMissing: boolean): RequestRefusal {
  const failure = fileFailure('guest', action, error);
  const { system } = failure;
  return new RequestRefusal(
    isMissing ? 'not-found' : 'failed',
    describeError(failure),
    system === undefined ? {} : { failed: { operation: system.syscall, errno: system.code } },
  );
}
