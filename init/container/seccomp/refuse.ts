import { FirstbornError } from '../../../protocol/errors.ts';

/** Throws the error for a value of a seccomp profile that nobody can follow. `path` starts behind `linux.seccomp`. */
export function refuse(path: string, problem: string): never {
  throw new FirstbornError('config', `Cannot run the configuration: linux.seccomp${path}: ${problem}`);
}
