import { closeSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';
import type { ExecStreams, TerminalSize } from '../../protocol/messages.ts';
import type { InputSink } from '../channel/input-sink.ts';
import type { OutputPump } from '../channel/output-pump.ts';

/** What a process gets as 0, 1 and 2. */
export type ChildStdio =
  /** One descriptor each; a pipe becomes the user's. */
  | { kind: 'descriptors'; ends: readonly { fd: number; isPipe: boolean }[] }
  /** A terminal for all three: its slave, and where the container has it. */
  | { kind: 'terminal'; fd: number; path: string };

/** Where the output of a process goes. */
export type ProcessOutput = Pick<OutputPump, 'start' | 'finishWhenIdle' | 'finish' | 'ended'>;

export interface StdioParts {
  child: ChildStdio;
  /** Descriptors that only the child needs. */
  childFds: readonly number[];
  streams: ExecStreams;
  outputs: readonly ProcessOutput[];
  input: InputSink | undefined;
  /** The terminal's side that `outputs[0]` reads, for its size. */
  sizeFd?: number;
}

/** The standard streams of one process: the child's ends, and ours between them and the channel. */
export class ProcessStdio {
  readonly child: ChildStdio;
  readonly streams: ExecStreams;
  readonly #native: Native;
  readonly #outputs: readonly ProcessOutput[];
  readonly #input: InputSink | undefined;
  #childFds: readonly number[];
  /** `undefined` without a terminal, and once the pump has closed it. */
  #sizeFd: number | undefined;

  /** Takes over everything in `parts`. */
  constructor(native: Native, parts: StdioParts) {
    this.#native = native;
    this.child = parts.child;
    this.streams = parts.streams;
    this.#outputs = parts.outputs;
    this.#input = parts.input;
    this.#childFds = parts.childFds;
    this.#sizeFd = parts.sizeFd;
    void this.#outputsEnded().then(() => (this.#sizeFd = undefined));
  }

  get hasTerminal(): boolean {
    return this.child.kind === 'terminal';
  }

  /** Lets the output flow. What has been written before waits in the pipes. */
  startOutput(): void {
    for (const output of this.#outputs) output.start();
  }

  /** Closes what the child has by now, so that the last writer's end is seen as such. Once is enough. */
  closeChildEnds(): void {
    for (const fd of this.#childFds) closeSync(fd);
    this.#childFds = [];
  }

  /** Gives false when the terminal is closed, or never was. */
  resize({ rows, columns }: TerminalSize): boolean {
    if (this.#sizeFd === undefined) return false;
    this.#native.setTerminalSize(this.#sizeFd, rows, columns);
    return true;
  }

  /**
   * For after the process's exit: input is closed, and what it has printed is sent. Somebody who still holds a pipe
   * delays that by `idleMs` without output, a host that doesn't read by as long as it likes (see `cut`).
   */
  async drain(idleMs: number): Promise<void> {
    this.#input?.close();
    for (const output of this.#outputs) output.finishWhenIdle(idleMs);
    await this.#outputsEnded();
  }

  /** Ends a drain: what has not been read by now is lost. */
  cut(): void {
    for (const output of this.#outputs) output.finish();
  }

  /** For a process that never was: closes everything. */
  discard(): void {
    this.closeChildEnds();
    this.#input?.close();
    this.cut();
  }

  async #outputsEnded(): Promise<void> {
    await Promise.all(this.#outputs.map((output) => output.ended));
  }
}
