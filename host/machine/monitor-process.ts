import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import type { CommandLine } from '../vm/machine-description.ts';

/** How a VM monitor ended. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what it wrote to stderr, trimmed. */
  errorText: string;
}

const maxErrorCharacters = 8 * 1024;

/** A running VM monitor. */
export class MonitorProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  #errorText = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-maxErrorCharacters);
    });
    this.ended = new Promise((resolve) => {
      // 'close' comes after 'exit' and after the last of its output.
      child.once('close', (code, signal) => resolve({ code, signal, errorText: this.#errorText.trim() }));
    });
  }

  /**
   * Starts the program. It gets a session of its own, so that a Ctrl-C in the terminal reaches us alone and
   * the guest can be stopped in order. Throws a FirstbornError of code `vm` when it can't be executed.
   */
  static async start(command: CommandLine): Promise<MonitorProcess> {
    const child = spawn(command.program, command.args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const monitor = new MonitorProcess(child);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(new FirstbornError('vm', `Cannot start "${command.program}"`, { cause })),
      );
    });
    // From here on 'error' can only mean that a signal could not be sent: the process is gone.
    child.on('error', () => {});
    return monitor;
  }

  /** The guest's console when it is copied there; must be read. */
  get stdout(): Readable {
    return this.#child.stdout as Readable;
  }

  /** Takes the machine's power away. Its disks are read-only to it: nothing can be left half-written. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Says how a monitor ended in words: `ended with code 1: could not open disk`. */
export function describeEnd({ code, signal, errorText }: ProcessEnd): string {
  const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
  return errorText === '' ? how : `${how}: ${errorText.split('\n').slice(-3).join('; ')}`;
}
