import { describeError, FirstbornError } from '../../protocol/errors.ts';
import { encodeControl } from '../../protocol/frame.ts';

const maxMessageCharacters = 4096;

/** Encodes what may be too long for a frame: a guest's `1e20` of one frame becomes 21 digits in the next. */
export function encodeIfShort(type: 'response' | 'sample', message: unknown): Buffer | undefined {
  try {
    return encodeControl(type, message);
  } catch {
    return undefined;
  }
}

/** What a client is told of a failure. */
export function describeFailure(error: unknown): { code: FirstbornError['code']; message: string } {
  return {
    code: error instanceof FirstbornError ? error.code : 'host',
    message: describeError(error).slice(0, maxMessageCharacters),
  };
}
