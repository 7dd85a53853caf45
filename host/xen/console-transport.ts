import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';

/** Exit statuses of the console backend (addon/xen-console/failure.h) after which there is nothing to go on with. */
export const consoleStatus = { guestGone: 0, brokenRing: 4 } as const;

/** How a console backend ended; no code when a signal ended it. */
export interface ConsoleEnd {
  code: number | null;
  /** What it said last. */
  words: string;
}

const maxErrorCharacters = 4096;
/** How long it may take to see that nobody is at its other end. */
const leaveMs = 2_000;

/** A guest's console as a stream of bytes, by its backend's standard input and output. */
export class ConsoleTransport extends Duplex {
  /** Resolves when the guest can find the console, or when the backend has ended before. */
  readonly started: Promise<'ready' | 'ended'>;
  readonly ended: Promise<ConsoleEnd>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #errors = '';

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    super({ allowHalfOpen: false });
    this.#child = child;
    const { promise: started, resolve } = Promise.withResolvers<'ready' | 'ended'>();
    this.started = started;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-maxErrorCharacters);
      if (/ is there$/m.test(this.#errors)) resolve('ready');
    });
    this.ended = new Promise((ended) => {
      child.once('close', (code) => {
        resolve('ended');
        ended({ code, words: this.#errors.trim().split('\n').at(-1) ?? '' });
      });
    });
    child.stdout.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) child.stdout.pause();
    });
    child.stdout.on('end', () => this.push(null));
    // The backend has gone; its end is what counts.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
  }

  /** Starts the backend of a console. Throws a FirstbornError of code `vm` when it can't be executed. */
  static async start(
    consolePath: string,
    { domain, index }: { domain: number; index: number },
  ): Promise<ConsoleTransport> {
    // Its own process group: a Ctrl-C in the terminal is ours to handle.
    const child = spawn(consolePath, [String(domain), String(index)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    if (child.pid === undefined) {
      const cause = await new Promise((resolve) => child.once('error', resolve));
      throw new FirstbornError('vm', `Cannot start "${consolePath}"`, { cause });
    }
    child.on('error', () => {});
    return new ConsoleTransport(child);
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(bytes, done);
  }

  /** The end of its input tells it to leave the console as it is. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const child = this.#child;
    child.stdin.end();
    // Nobody takes what comes now, and a full pipe would keep it from leaving.
    child.stdout.resume();
    const timer = setTimeout(() => child.kill('SIGKILL'), leaveMs);
    timer.unref();
    void this.ended.then(() => clearTimeout(timer));
    done(error);
  }
}
