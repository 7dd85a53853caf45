import type { Readable, Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import type { TerminalSize } from '../../protocol/messages.ts';
import { feed } from './standard-streams.ts';
import { DetachKeyFilter } from './terminal-keys.ts';
import { RawTerminal } from './terminal-mode.ts';
import { terminalSize } from './terminal-size.ts';

/** The other end: a terminal in a machine. */
export interface RemoteTerminal {
  /** Absent when our keys are not passed on. */
  stdin: Writable | undefined;
  resize(size: TerminalSize): Promise<void>;
}

export interface TerminalSessionOptions {
  detachKeys: Buffer;
  /** The size that the terminal was made with. */
  size: TerminalSize;
  /** Exchangeable for tests. */
  input?: Readable;
  currentSize?: () => TerminalSize;
}

/**
 * Joins our terminal with one in a machine: from `begin` on keys go there as they are, and so does every change of
 * our size. Until then the keys are our own, so that Ctrl-C ends a boot. `close` puts our terminal back.
 */
export class TerminalSession implements Disposable {
  /** Resolves when the detach keys were typed. */
  readonly detached: Promise<void>;
  readonly #remote: RemoteTerminal;
  readonly #detachKeys: Buffer;
  readonly #input: Readable;
  readonly #currentSize: () => TerminalSize;
  readonly #detach = Promise.withResolvers<void>();
  readonly #onResize = (): void => void this.#resize();
  #raw: RawTerminal | undefined;
  #size: TerminalSize;
  #state: 'new' | 'begun' | 'detached' | 'closed' = 'new';
  #isResizing = false;

  constructor(remote: RemoteTerminal, options: TerminalSessionOptions) {
    this.#remote = remote;
    this.#detachKeys = options.detachKeys;
    this.#input = options.input ?? process.stdin;
    this.#currentSize = options.currentSize ?? terminalSize;
    this.#size = options.size;
    this.detached = this.#detach.promise;
  }

  /** The process is there. May be called again when it is there again: it gets our size as it is by then. */
  begin(): void {
    if (this.#state === 'new') {
      this.#state = 'begun';
      process.on('SIGWINCH', this.#onResize);
      if (this.#remote.stdin !== undefined) this.#passKeys(this.#remote.stdin);
    }
    void this.#resize();
  }

  #passKeys(stdin: Writable): void {
    const filter = new DetachKeyFilter(this.#detachKeys, () => {
      this.#state = 'detached';
      this.#detach.resolve();
    });
    feed(this.#input, filter);
    feed(filter, stdin);
    const input = this.#input as ReadStream;
    if (input.isTTY) this.#raw = new RawTerminal(input);
  }

  /** Tells the other side our size until that is the one it has. */
  async #resize(): Promise<void> {
    if (this.#isResizing) return;
    this.#isResizing = true;
    try {
      for (let size = this.#currentSize(); !isSame(size, this.#size); size = this.#currentSize()) {
        await this.#remote.resize(size);
        this.#size = size;
      }
    } catch {
      // The process is not there yet, or not any more. The next change tries again.
    } finally {
      this.#isResizing = false;
    }
  }

  close(): void {
    process.removeListener('SIGWINCH', this.#onResize);
    this.#raw?.restore();
    // The shell's prompt shall not stand behind the other side's.
    if (this.#state === 'detached' && process.stderr.isTTY) process.stderr.write('\n');
    this.#state = 'closed';
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isSame(one: TerminalSize, other: TerminalSize): boolean {
  return one.rows === other.rows && one.columns === other.columns;
}
