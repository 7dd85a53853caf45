import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';

const maxMessageBytes = 4096;

/** Debian packages of the programs that are used, for the error when one is missing. */
const packages: Record<string, string> = { mksquashfs: 'squashfs-tools', tar: 'tar' };

export interface ProgramOptions {
  workingDirectory?: string | undefined;
  /** Kills the program. */
  signal?: AbortSignal | undefined;
}

/** A program of the host that reads or writes a stream. Its output depends on its arguments and input alone. */
export class Program {
  readonly #name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<void>;
  #messages = '';
  #failure: unknown;

  /** Starts the program with a clean environment: no locale, no time zone, no SOURCE_DATE_EPOCH. */
  constructor(name: string, args: readonly string[], options: ProgramOptions = {}) {
    this.#name = name;
    this.#child = spawn(name, args, {
      cwd: options.workingDirectory,
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr.setEncoding('utf8');
    this.#child.stderr.on('data', (text: string) => {
      this.#messages = (this.#messages + text).slice(-maxMessageBytes);
    });
    // A write after the program has gone fails with EPIPE; how it ended says more than that.
    this.#child.stdin.on('error', () => undefined);
    const onAbort = () => this.#child.kill('SIGKILL');
    options.signal?.addEventListener('abort', onAbort);
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (cause) => {
        this.#failure = cause;
        if (this.#child.pid === undefined) resolve();
      });
      this.#child.once('close', () => {
        options.signal?.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  /** What the program writes; to be read to its end, then `done`. */
  get output(): Readable {
    return this.#child.stdout;
  }

  /** Gives the program input. Resolves when it wants more; rejects when it has ended. */
  async write(chunk: Uint8Array): Promise<void> {
    const { stdin } = this.#child;
    if (stdin.destroyed || this.#child.exitCode !== null) await this.#failEarly();
    if (stdin.write(chunk)) return;
    const stop = new AbortController();
    // `once` also rejects when the write fails.
    const drained = once(stdin, 'drain', { signal: stop.signal }).catch(() => undefined);
    await Promise.race([drained, this.#ended]);
    stop.abort();
    if (stdin.destroyed) await this.#failEarly();
  }

  /** Ends the input, waits for the program and throws FirstbornError `host` unless it succeeded. */
  async done(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
    if (this.#failure !== undefined) {
      const hint = packages[this.#name];
      throw new FirstbornError(
        'host',
        `Cannot run "${this.#name}"${hint === undefined ? '' : `, install package "${hint}"`}`,
        { cause: this.#failure },
      );
    }
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0) return;
    const how = signalCode === null ? `with code ${exitCode}` : `by ${signalCode}`;
    const message = this.#messages.trim().split('\n').slice(-3).join('; ');
    throw new FirstbornError('host', `Cannot complete "${this.#name}", it ended ${how}: ${message}`);
  }

  /** Kills the program and waits until it has gone. Never throws. */
  async kill(): Promise<void> {
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #failEarly(): Promise<never> {
    await this.done();
    throw new FirstbornError('host', `Cannot complete "${this.#name}", it ended before its input did`);
  }
}
