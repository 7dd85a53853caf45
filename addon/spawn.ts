import type { OperationFailure } from './native.ts';

/** What became of a spawned plan, read from its handshake pipe. `warnings` are in the plan's order. */
export type Handshake =
  /** execve took over: from here on the program runs. */
  | { state: 'executed'; warnings: OperationFailure[] }
  /** The plan ran to its end and had no `execute`; the child exits with 0. */
  | { state: 'ended'; warnings: OperationFailure[] }
  /** An operation failed; the child exits with 125. */
  | { state: 'failed'; failure: OperationFailure; warnings: OperationFailure[] }
  /** The child was killed before it got to any of these, by a signal or by the cgroup's limits. */
  | { state: 'died'; warnings: OperationFailure[] };

/** `handshake.h` holds the same numbers. */
const recordBytes = 12;
const recordKinds = { warning: 1, failure: 2, executing: 3, ended: 4 } as const;

/**
 * Reads the bytes of a handshake pipe from its first to its end of file. Each record is u32 kind, u32
 * operation, u32 errno, in host order. The child writes `executing` right before execve and the pipe is
 * CLOEXEC, so `executing` followed by the end means success, and `executing` followed by `failure` that no
 * candidate could be run. Throws RangeError for bytes that no child wrote.
 */
export function decodeHandshake(bytes: Uint8Array): Handshake {
  if (bytes.length % recordBytes !== 0) {
    throw new RangeError(`Cannot decode a handshake of ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const warnings: OperationFailure[] = [];
  let state: 'executed' | 'ended' | 'died' = 'died';
  for (let offset = 0; offset < bytes.length; offset += recordBytes) {
    const kind = view.getUint32(offset, true);
    const report = { operation: view.getUint32(offset + 4, true), errno: view.getUint32(offset + 8, true) };
    if (kind === recordKinds.failure) return { state: 'failed', failure: report, warnings };
    if (kind === recordKinds.warning) {
      warnings.push(report);
      state = 'died'; // an execute that was allowed to fail: the plan went on
    } else if (kind === recordKinds.executing) state = 'executed';
    else if (kind === recordKinds.ended) state = 'ended';
    else throw new RangeError(`Cannot decode a handshake record of kind ${kind}`);
  }
  return { state, warnings };
}
