import type { OperationFailure } from '../native.ts';
import { ByteWriter } from './byte-writer.ts';
import { printArguments } from './describe.ts';
import { type ArgumentValue, encodeArguments } from './encode-operation.ts';
import { errnoName, type ErrnoName, errnoValues } from './errno-names.ts';
import { maxAcceptedErrnos, maxOperations, maxPlanBytes } from './limits.ts';
import { type OperationName, operations } from './operation-codes.ts';

/** What an operation makes of its own failure. Without one, the plan stops at the first failure. */
export interface Tolerance {
  /** Errno values that count as success, at most four. */
  accept?: readonly ErrnoName[];
  /** Any other failure becomes a warning and the plan goes on. */
  orWarn?: boolean;
}

/** One operation as people read it. */
export interface OperationText {
  name: OperationName;
  arguments: string[];
}

/** A failure in words: `syscall`, `arguments`, `errno` and `code` fit FirstbornError's `system`. */
export interface FailureDescription {
  syscall: string;
  arguments: string[];
  errno: number;
  code: string;
  /** Where the operation was appended: `function (file:line:column)`. Absent for a plan without traces. */
  site?: string;
}

export interface PlanOptions {
  /**
   * Whether each operation keeps where it was appended; it does when absent. That costs as much as all else about it
   * together: a plan that is made over and over, and whose failures tell enough by call and arguments, goes without.
   */
  traced?: boolean;
}

interface KeptOperation {
  name: OperationName;
  values: readonly ArgumentValue[];
  /** An Error or a look-alike whose stack is formatted only when somebody reads it. */
  trace: { stack?: string } | undefined;
}

const magic = 0x4c50_4246; // "FBPL"
const version = 1;
export const headerBytes = 16;
const warnFlag = 1;

/**
 * The bytes of a plan and what is needed to explain a failure afterwards.
 *
 *     header  u32 magic "FBPL", u16 version, u16 zero, u32 number of operations, u32 length of all
 *     record  u16 opcode, u16 flags (1: warn and go on), u32 length of the record,
 *             u16 × 4 accepted errno values (0: unused), arguments by the operation's signature
 *
 * Numbers are little endian and u64 as arguments. A string or bytes: u64 length, the bytes, NULs up to the
 * next multiple of eight, at least one. A list: u64 count, then its elements. So the interpreter hands
 * pointers into the plan to the kernel and copies nothing.
 */
export class PlanBase {
  readonly #writer = new ByteWriter();
  readonly #kept: KeptOperation[] = [];
  readonly #traced: boolean;

  constructor({ traced = true }: PlanOptions = {}) {
    this.#traced = traced;
    this.#writer.u32(magic).u16(version).u16(0).u32(0).u32(0);
  }

  /** Number of operations so far. */
  get length(): number {
    return this.#kept.length;
  }

  /** The plan for `runPlan` and `spawn`. The plan may grow further afterwards; the bytes do not. */
  bytes(): Uint8Array {
    this.#writer.patchU32(8, this.#kept.length);
    this.#writer.patchU32(12, this.#writer.length);
    return this.#writer.finish();
  }

  /** The operations in order, for logs and tests. */
  describe(): OperationText[] {
    return this.#kept.map(({ name, values }) => ({ name, arguments: printArguments(name, values) }));
  }

  /** Explains a failure or a warning of this plan. */
  describeFailure({ operation, errno }: OperationFailure): FailureDescription {
    const kept = this.#kept[operation];
    if (kept === undefined) {
      throw new RangeError(`Cannot describe operation ${operation} of a plan of ${this.#kept.length}`);
    }
    return {
      syscall: operations[kept.name].syscall,
      arguments: printArguments(kept.name, kept.values),
      errno,
      code: errnoName(errno),
      ...(kept.trace === undefined ? {} : { site: callSite(kept.trace.stack ?? '') }),
    };
  }

  /**
   * Appends one operation. Must be called by the public method itself, not through a helper: the frame above
   * that method is the operation's call site.
   */
  protected append(name: OperationName, values: readonly ArgumentValue[], tolerance: Tolerance = {}): this {
    if (this.#kept.length === maxOperations) {
      throw new RangeError(`Cannot append to a plan of ${maxOperations} operations`);
    }
    const start = this.#writer.length;
    try {
      this.#encode(name, values, tolerance);
      if (this.#writer.length > maxPlanBytes) {
        throw new RangeError(`Cannot make a plan of more than ${maxPlanBytes} bytes`);
      }
    } catch (error) {
      this.#writer.truncate(start);
      throw error;
    }
    this.#kept.push({ name, values, trace: this.#traced ? captureTrace() : undefined });
    return this;
  }

  #encode(name: OperationName, values: readonly ArgumentValue[], tolerance: Tolerance): void {
    const { opcode, signature } = operations[name];
    const accepted = tolerance.accept ?? [];
    if (accepted.length > maxAcceptedErrnos) {
      throw new RangeError(`Cannot accept ${accepted.length} errno values, at most ${maxAcceptedErrnos}`);
    }
    const start = this.#writer.length;
    this.#writer
      .u16(opcode)
      .u16(tolerance.orWarn === true ? warnFlag : 0)
      .u32(0);
    if (accepted.length === 0) this.#writer.number64(0);
    else {
      for (let index = 0; index < maxAcceptedErrnos; index++) {
        const code = accepted[index];
        this.#writer.u16(code === undefined ? 0 : errnoValues[code]);
      }
    }
    encodeArguments(this.#writer, signature, values);
    this.#writer.patchU32(start + 4, this.#writer.length - start);
  }
}

/** Frames: captureTrace, append, the method, its caller. Only four are kept, which makes this cheap. */
function captureTrace(): { stack?: string } {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 4;
  const trace = new Error('operation');
  Error.stackTraceLimit = before;
  return trace;
}

function callSite(stack: string): string {
  const frame = stack.split('\n').findLast((line) => line.startsWith('    at '));
  return frame === undefined ? 'unknown' : frame.slice('    at '.length);
}
