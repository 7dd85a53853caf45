import type { OperationFailure } from '../../addon/native.ts';
import { errnoName, type Plan } from '../../addon/plan.ts';
import { describeError } from '../../protocol/errors.ts';
import { exitCodes } from '../../protocol/names.ts';
import { operationError } from '../boot/run-plan.ts';

/** Why a container's process never ran, as Docker's exit code and in words. */
export interface StartFailure {
  code: number;
  message: string;
}

const maxQuotedLength = 256;

/** A command as messages quote it: the reason after it must not be lost. */
const quoted = (command: string): string =>
  command.length > maxQuotedLength ? `"${command.slice(0, maxQuotedLength)}…"` : `"${command}"`;

/** What each errno of execve(2) usually means to the person who wrote the command. */
const execHints: Record<string, string> = {
  ENOENT: 'no such file, or its interpreter is missing',
  EACCES: 'permission denied',
  ENOEXEC: 'exec format error: not a program for this machine',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
};

/**
 * Explains a failed plan: a command that is not there is 127, one that can't be executed 126, and anything
 * that Firstborn did before is its own failure, 125.
 */
export function explainStartFailure(plan: Plan, failure: OperationFailure, command: string): StartFailure {
  const { syscall } = plan.describeFailure(failure);
  if (syscall !== 'execve') {
    return { code: exitCodes.firstborn, message: describeError(operationError(plan, failure)) };
  }
  const errno = errnoName(failure.errno);
  const hint = execHints[errno];
  return {
    code: errno === 'ENOENT' ? exitCodes.notFound : exitCodes.notExecutable,
    message: `Cannot execute ${quoted(command)}: ${hint === undefined ? errno : `${hint} (${errno})`}`,
  };
}
