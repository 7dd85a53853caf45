import type { OperationFailure } from './native.ts';

/** What became of a spawned plan, read from its handshake. `warnings` are in the plan's order. */
export type Handshake =
  /** execve took over: from here on the program runs. */
  | { state: 'executed'; warnings: OperationFailure[] }
  /** The plan ran to its end and had no `execute`; the child exits with 0. */
  | { state: 'ended'; warnings: OperationFailure[] }
  /** An operation failed; the child exits with 125. */
  | { state: 'failed'; failure: OperationFailure; warnings: OperationFailure[] }
  /** The child ended before it got to any of these: killed, or left alone in `awaitParent`. */
  | { state: 'died'; warnings: OperationFailure[] };

/** The child waits in `awaitParent` until `native.continueChild` lets it go on. */
export interface ChildWaiting {
  /** Index of the `awaitParent` in its plan. */
  operation: number;
  /** Its argument. */
  stage: number;
}

/** `handshake.h` holds the same numbers. */
const recordBytes = 12;
const recordKinds = { warning: 1, failure: 2, executing: 3, ended: 4, waiting: 5 } as const;

/**
 * Reads a handshake while it comes in, in pieces of any size. Each record is u32 kind, u32 operation, u32 errno
 * (for `waiting`: the stage), in host order. The child writes `executing` right before execve, or before a
 * seccomp filter that may forbid to write, and its end of the socket is CLOEXEC: `executing` followed by the end
 * means success, and `executing` followed by `failure` that something stood in the way.
 */
export class HandshakeReader {
  #rest = Buffer.alloc(0);
  #state: 'executed' | 'ended' | 'died' = 'died';
  #failure: OperationFailure | undefined;
  readonly #warnings: OperationFailure[] = [];

  /**
   * Takes the next bytes and returns where the child has come to a stop, which is seldom: to each the caller owes
   * a `native.continueChild`. Throws RangeError for bytes that no child wrote.
   */
  push(bytes: Uint8Array): ChildWaiting[] {
    const pending = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const view = new DataView(pending.buffer, pending.byteOffset, pending.byteLength);
    const waiting: ChildWaiting[] = [];
    let offset = 0;
    for (; offset + recordBytes <= pending.length; offset += recordBytes) {
      const kind = view.getUint32(offset, true);
      const operation = view.getUint32(offset + 4, true);
      const value = view.getUint32(offset + 8, true);
      if (kind === recordKinds.waiting) waiting.push({ operation, stage: value });
      this.#take(kind, { operation, errno: value });
    }
    this.#rest = Buffer.from(pending.subarray(offset));
    return waiting;
  }

  /** What became of the plan, once the child's end of the socket is closed. Throws RangeError for half a record. */
  end(): Handshake {
    if (this.#rest.length > 0) {
      throw new RangeError(`Cannot decode a handshake that ends with ${this.#rest.length} bytes of a record`);
    }
    const warnings = this.#warnings;
    if (this.#failure !== undefined) return { state: 'failed', failure: this.#failure, warnings };
    return { state: this.#state, warnings };
  }

  #take(kind: number, report: OperationFailure): void {
    switch (kind) {
      case recordKinds.failure:
        this.#failure ??= report;
        return;
      case recordKinds.warning:
        this.#warnings.push(report);
        this.#state = 'died'; // an execute that was allowed to fail: the plan went on
        return;
      case recordKinds.waiting:
        this.#state = 'died'; // and goes on from here
        return;
      case recordKinds.executing:
        this.#state = 'executed';
        return;
      case recordKinds.ended:
        this.#state = 'ended';
        return;
      default:
        throw new RangeError(`Cannot decode a handshake record of kind ${kind}`);
    }
  }
}

/** Decodes a handshake that was read from its first byte to its end. Throws RangeError for bytes that no child wrote. */
export function decodeHandshake(bytes: Uint8Array): Handshake {
  const reader = new HandshakeReader();
  reader.push(bytes);
  return reader.end();
}
