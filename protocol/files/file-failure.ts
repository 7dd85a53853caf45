import { type ErrorCode, FirstbornError } from '../errors.ts';

/** The errno's name of a system error of Node's or the addon's, e.g. `ENOENT`; `undefined` for other errors. */
export function errnoOf(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' && typeof syscall === 'string' ? code : undefined;
}

/**
 * What to throw for `error`: itself when it says already what could not be done, else a FirstbornError with
 * `action` as its message. Node's own message is left out: it names the descriptors that lead to the file.
 */
export function fileFailure(code: ErrorCode, action: string, error: unknown): FirstbornError {
  if (error instanceof FirstbornError) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return new FirstbornError(code, action, { cause: error });
  const { syscall = '', errno: number = 0 } = error as NodeJS.ErrnoException;
  return new FirstbornError(code, action, {
    cause: new Error(`${errno} in ${syscall}`),
    system: { syscall, arguments: [], errno: Math.abs(number), code: errno },
  });
}
