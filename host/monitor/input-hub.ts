import type { Writable } from 'node:stream';

/** A client that writes to the workload's input. */
export interface InputClient {
  /** The workload takes bytes again. */
  resumeInput(): void;
}

/**
 * The workload's input over all boots of the machine: what the clients write goes in as it comes. Without a
 * machine, and while the workload does not read, the clients wait.
 */
export class InputHub {
  readonly #endsOnce: boolean;
  #sink: Writable | undefined;
  #isEnded = false;
  /** Who waits, and what of theirs waits for a machine. */
  readonly #waiting = new Map<InputClient, Buffer | undefined>();

  /** `endsOnce`: the first client's end is the end of the workload's input. */
  constructor(endsOnce: boolean) {
    this.#endsOnce = endsOnce;
  }

  /** A machine boots. */
  connect(sink: Writable): void {
    this.#sink = sink;
    // A workload that has gone, or closed its input, takes nothing more; that is no failure of ours.
    sink.on('error', () => {});
    sink.on('drain', () => this.#wake());
    sink.on('close', () => {
      if (this.#sink === sink) this.#wake();
    });
    for (const bytes of this.#waiting.values()) if (bytes !== undefined) sink.write(bytes);
    if (this.#isEnded) sink.end();
    this.#wake();
  }

  /** The machine has ended; another boot may follow. */
  disconnect(): void {
    this.#sink = undefined;
  }

  /** Passes bytes on; false when the client is to wait for its `resumeInput`. */
  write(client: InputClient, bytes: Buffer): boolean {
    if (this.#isEnded) return true;
    if (this.#sink === undefined) {
      this.#waiting.set(client, bytes);
      return false;
    }
    if (this.#sink.destroyed || this.#sink.write(bytes)) return true;
    this.#waiting.set(client, undefined);
    return false;
  }

  /** A client's input has ended. */
  end(): void {
    if (!this.#endsOnce || this.#isEnded) return;
    this.#isEnded = true;
    this.#sink?.end();
  }

  /** A client has gone. */
  forget(client: InputClient): void {
    this.#waiting.delete(client);
  }

  #wake(): void {
    const clients = [...this.#waiting.keys()];
    this.#waiting.clear();
    for (const client of clients) client.resumeInput();
  }
}
