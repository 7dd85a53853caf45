import { inspect } from 'node:util';

/** What kind of thing went wrong. Closed: a caller may switch over it exhaustively. */
export type ErrorCode =
  | 'usage' // the words of a command or the arguments of a call
  | 'image' // the container image: layout, digests, layers
  | 'config' // launch.json, image/config.json, a schema refused a value
  | 'host' // something this machine lacks or refused: a program, a file, a socket
  | 'vm' // the virtual machine: could not start, ended without a word
  | 'guest' // the guest's own work: a phase, a plan, a spawn
  | 'channel' // the conversation between host and guest
  | 'timeout'; // a deadline passed

/** A failed system call as data: which call, on what, and what the kernel said. */
export interface SystemFailure {
  /** The call or plan operation, e.g. `mount`. */
  syscall: string;
  /** The arguments in the order a reader expects, already printable. */
  arguments: string[];
  /** Positive errno value. */
  errno: number;
  /** Its name, e.g. `ENOENT`. */
  code: string;
}

/** The one error class of the project. The message says what could not be done; the cause says why. */
export class FirstbornError extends Error {
  override readonly name = 'FirstbornError';
  readonly code: ErrorCode;
  readonly system: SystemFailure | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; system?: SystemFailure } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.system = options.system;
  }
}

const maxCauses = 8;

/** Turns an error and its causes into one line: `Cannot mount "proc" at "/proc": EPERM`. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current = error;
  // Counted by depth, not by parts: causes that form a circle add no part and would never end.
  for (let depth = 0; depth < maxCauses && current !== undefined && current !== null; depth += 1) {
    const message = current instanceof Error ? current.message : inspect(current);
    // A wrapper sometimes repeats its cause's text; printing it once is enough.
    if (!parts.some((part) => part.includes(message))) parts.push(message);
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join(': ');
}
