import type { ReadStream } from 'node:tty';

/** Signals that end a process that does not listen to them, before it could tidy up. */
const fatalSignals: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGALRM',
  'SIGUSR2',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGABRT',
];

/**
 * Our terminal in raw mode: every key goes to the workload. Put back by `restore`, and whatever else ends this
 * process but SIGKILL: its exit, an error that nobody caught, a signal that nobody listens to.
 */
export class RawTerminal implements Disposable {
  readonly #input: ReadStream;
  readonly #restore = (): void => this.restore();
  readonly #resume = (): void => this.#enter();
  readonly #end = (signal: NodeJS.Signals): void => {
    this.restore();
    // Without our listener the signal does what it always does.
    process.kill(process.pid, signal);
  };
  readonly #watched: NodeJS.Signals[];
  #isRaw = true;

  /** Enters raw mode. `input` must be a terminal. */
  constructor(input: ReadStream) {
    this.#input = input;
    process.on('exit', this.#restore);
    process.on('SIGCONT', this.#resume);
    // Whoever listens already ends in an orderly way.
    this.#watched = fatalSignals.filter((signal) => process.listenerCount(signal) === 0);
    for (const signal of this.#watched) process.on(signal, this.#end);
    this.#enter();
  }

  /** May be called again. */
  restore(): void {
    if (!this.#isRaw) return;
    this.#isRaw = false;
    process.removeListener('exit', this.#restore);
    process.removeListener('SIGCONT', this.#resume);
    for (const signal of this.#watched) process.removeListener(signal, this.#end);
    this.#input.setRawMode(false);
  }

  [Symbol.dispose](): void {
    this.restore();
  }

  /** Also after a stop: the shell has set the terminal as it likes it, and Node believes nothing has changed. */
  #enter(): void {
    this.#input.setRawMode(false);
    this.#input.setRawMode(true);
  }
}
