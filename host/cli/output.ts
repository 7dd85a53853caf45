import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * One of our own streams as a command writes to it that may have much to say: no faster than the reader takes it,
 * and not at all once the reader has gone.
 */
export class Output {
  readonly #stream: Writable;
  readonly #closed = new AbortController();

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', () => this.#closed.abort());
  }

  /** Aborts when nobody reads any more (EPIPE). */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Resolves when there is room for more, or nobody to read it; never rejects. */
  async write(data: string | Uint8Array): Promise<void> {
    if (this.closed.aborted || this.#stream.write(data)) return;
    await once(this.#stream, 'drain', { signal: this.closed }).catch(() => {});
  }
}
