import type { NativeError } from '../../addon/native.ts';
import { describeError, FirstbornError } from '../../protocol/errors.ts';
import { exitCodes } from '../../protocol/names.ts';
import { RequestRefusal } from '../channel/requests.ts';
import { quoted, type StartFailure } from './start-failure.ts';

/** A directory that the request names and the container lacks is no failure of Firstborn. */
const blamesRequest = ({ failed }: StartFailure): boolean => failed?.operation === 'chdir';

/** The error reply for a process that did not come to its program. */
export function refuseStart(failure: StartFailure): RequestRefusal {
  return new RequestRefusal('failed', failure.message, {
    ...(failure.failed === undefined ? {} : { failed: failure.failed }),
    exitCode: blamesRequest(failure) ? exitCodes.notExecutable : failure.code,
  });
}

function isNativeError(error: unknown): error is NativeError {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** The error reply for an exec that failed before there was a process, or that took too long. */
export function refuseExec(error: unknown, command: string): RequestRefusal {
  if (error instanceof RequestRefusal) return error;
  if (error instanceof FirstbornError) {
    if (error.code === 'timeout') return new RequestRefusal('deadline', error.message);
    // The request named a user that the container doesn't know.
    const exitCode = error.code === 'config' ? exitCodes.notExecutable : exitCodes.firstborn;
    return new RequestRefusal('failed', describeError(error), { exitCode });
  }
  return new RequestRefusal('failed', `Cannot start ${quoted(command)}: ${describeError(error)}`, {
    ...(isNativeError(error) ? { failed: { operation: error.syscall, errno: error.code } } : {}),
    exitCode: exitCodes.firstborn,
  });
}
