import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { exitCodes } from '../../protocol/names.ts';
import type { TerminalSize } from '../client/index.ts';
import type { Reporter } from './reporter.ts';
import { feed, type ForwardEnd, forward } from './standard-streams.ts';
import { TerminalSession } from './terminal-session.ts';

/** What a shell shows of a command whose reader has gone. */
export const readerGoneExitCode = exitCodes.signalBase + constants.signals.SIGPIPE;

/** The streams of something that runs in a machine. */
export interface RemoteStreams {
  stdin: Writable | undefined;
  stdout: Readable | undefined;
  /** Absent with a terminal. */
  stderr: Readable | undefined;
  resize(size: TerminalSize): Promise<void>;
}

/** How our own terminal is joined with one in a machine. */
export interface TerminalWish {
  /** What the terminal was made with. */
  size: TerminalSize;
  detachKeys: Buffer;
}

/** How writing to our own stdout or stderr ended. */
export interface OutputEnd {
  name: string;
  end: ForwardEnd;
}

/** Our standard streams while they are those of something in a machine. The caller closes it. */
export class JoinedStreams implements Disposable {
  /** Resolves when all output has been written, or can't be. */
  readonly outputs: Promise<OutputEnd[]>;
  /** Resolves when the detach keys were typed; never without a terminal. */
  readonly detached: Promise<void>;
  /** Resolves when the reader of our stdout has gone (EPIPE). */
  readonly readerGone: Promise<void>;
  readonly #terminal: TerminalSession | undefined;

  /** Output that nobody takes is not waited for any more once `outputSignal` aborts. */
  constructor(remote: RemoteStreams, terminal: TerminalWish | undefined, outputSignal?: AbortSignal) {
    const ends: Promise<OutputEnd>[] = [];
    for (const name of ['stdout', 'stderr'] as const) {
      const source = remote[name];
      if (source === undefined) continue;
      ends.push(forward(source, process[name], outputSignal).then((end) => ({ name, end })));
    }
    this.outputs = Promise.all(ends);
    this.readerGone = new Promise((resolve) => {
      process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code === 'EPIPE') resolve();
      });
    });
    this.#terminal = terminal === undefined ? undefined : new TerminalSession(remote, terminal);
    this.detached = this.#terminal?.detached ?? new Promise(() => {});
    if (this.#terminal === undefined && remote.stdin !== undefined) feed(process.stdin, remote.stdin);
  }

  /** The other side is there: our terminal, if it is one, is its own from now on. */
  begin(): void {
    this.#terminal?.begin();
  }

  /** Puts our terminal back. */
  close(): void {
    this.#terminal?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Output that could not be written is a failure even when the workload knows nothing of it. */
export function exitCodeAfterOutput(
  outputs: readonly OutputEnd[],
  exitCode: number,
  reporter: Reporter,
): number {
  let code = exitCode;
  for (const { name, end } of outputs) {
    if (end.state !== 'failed' && end.state !== 'given-up') continue;
    const reason = end.state === 'failed' ? end.error.message : 'its reader does not take it';
    reporter.say(`Cannot write the workload's ${name}: ${reason}`);
    if (code === 0) code = exitCodes.firstborn;
  }
  return code;
}
