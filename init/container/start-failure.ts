import type { OperationFailure } from '../../addon/native.ts';
import { errnoName, type Plan } from '../../addon/plan.ts';
import { describeError } from '../../protocol/errors.ts';
import type { FailedOperation } from '../../protocol/messages.ts';
import { exitCodes } from '../../protocol/names.ts';
import { operationError } from '../boot/run-plan.ts';

/** Why a container's process never ran, as Docker's exit code and in words. */
export interface StartFailure {
  code: number;
  message: string;
  /** The operation that is to blame, if it was one. */
  failed?: FailedOperation;
}

const maxQuotedLength = 256;

/** A command as messages quote it: the reason after it must not be lost. */
export const quoted = (command: string): string =>
  command.length > maxQuotedLength ? `"${command.slice(0, maxQuotedLength)}…"` : `"${command}"`;

/** What each errno of execve(2) usually means to the person who wrote the command. */
const execHints: Record<string, string> = {
  ENOENT: 'no such file, or its interpreter is missing',
  EACCES: 'permission denied',
  ENOEXEC: 'exec format error: not a program for this machine',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
};

/** And of chdir(2), to who wrote the working directory. */
const directoryHints: Record<string, string> = {
  ENOENT: 'no such directory',
  EACCES: 'permission denied',
  ENOTDIR: 'it is no directory',
};

/**
 * Explains a failed plan: a command that is not there is 127, one that can't be executed 126, and anything
 * that Firstborn did before is its own failure, 125.
 */
export function explainStartFailure(plan: Plan, failure: OperationFailure, command: string): StartFailure {
  const { syscall, arguments: words } = plan.describeFailure(failure);
  const [path = ''] = words;
  const errno = errnoName(failure.errno);
  const failed = { operation: syscall, errno };
  const reason = (hint: string | undefined): string => (hint === undefined ? errno : `${hint} (${errno})`);
  switch (syscall) {
    case 'execve': {
      const code = errno === 'ENOENT' ? exitCodes.notFound : exitCodes.notExecutable;
      return { code, message: `Cannot execute ${quoted(command)}: ${reason(execHints[errno])}`, failed };
    }
    case 'chdir': {
      const message = `Cannot enter the directory ${quoted(path)}: ${reason(directoryHints[errno])}`;
      return { code: exitCodes.firstborn, message, failed };
    }
    default:
      return { code: exitCodes.firstborn, message: describeError(operationError(plan, failure)), failed };
  }
}
