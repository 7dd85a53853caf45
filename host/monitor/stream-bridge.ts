import type { Readable, Writable } from 'node:stream';
import { clientStreams } from './api.ts';
import type { ClientConnection, StreamHandler } from './client-connection.ts';

/** The guest's ends of the streams that a client gets. */
export interface BridgedStreams {
  input: Writable | undefined;
  output: Readable | undefined;
  error: Readable | undefined;
}

/**
 * Joins a connection with streams of the guest, each direction held back by its own receiver: a client that does
 * not read stops the guest's sending, a guest that does not read stops the reading from the client. Neither
 * direction waits for the other.
 */
export class StreamBridge implements StreamHandler {
  readonly #connection: ClientConnection;
  readonly #streams: BridgedStreams;
  readonly #onGone: () => void;
  readonly #outputs: Readable[];
  readonly #drainedOutputs: Promise<void>[];

  /** `onGone` is called once when the client has left; the streams are its to end. */
  constructor(connection: ClientConnection, streams: BridgedStreams, onGone: () => void) {
    this.#connection = connection;
    this.#streams = streams;
    this.#onGone = onGone;
    this.#outputs = [streams.output, streams.error].filter((stream) => stream !== undefined);
    this.#drainedOutputs = [
      this.#send(streams.output, clientStreams.output),
      this.#send(streams.error, clientStreams.error),
    ];
    // A process that has closed its input takes nothing more; its client is not to wait for it.
    streams.input?.on('error', () => {});
    streams.input?.on('drain', () => connection.resumeInput());
    streams.input?.on('close', () => connection.resumeInput());
  }

  /** Resolves when all outputs have ended and are on their way to the client, or were given up. */
  async outputsSent(): Promise<void> {
    await Promise.all(this.#drainedOutputs);
  }

  /** Nobody reads any more: what the guest still sends is dropped. */
  discardOutputs(): void {
    for (const output of this.#outputs) output.destroy();
  }

  data(stream: number, bytes: Buffer): boolean {
    const { input } = this.#streams;
    if (stream !== clientStreams.input || input === undefined || !input.writable) return true;
    return input.write(bytes);
  }

  end(stream: number): void {
    if (stream === clientStreams.input) this.#streams.input?.end();
  }

  drained(): void {
    for (const output of this.#outputs) output.resume();
  }

  gone(): void {
    this.#onGone();
  }

  /** Ends with the stream, or when it was destroyed. */
  #send(source: Readable | undefined, stream: number): Promise<void> {
    if (source === undefined) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    source.on('data', (bytes: Buffer) => {
      if (!this.#connection.sendData(stream, bytes)) for (const output of this.#outputs) output.pause();
    });
    source.once('end', () => this.#connection.sendEnd(stream));
    source.once('close', () => resolve());
    return promise;
  }
}
