import { clientStreams } from './api.ts';
import type { ClientConnection, StreamHandler } from './client-connection.ts';
import type { InputHub } from './input-hub.ts';
import type { OutputBroadcaster, OutputName, OutputSubscriber } from './output-broadcaster.ts';

/** A client that the workload does not wait for may be so far behind. */
export const maxBehindBytes = 1024 * 1024;

export interface AttachOptions {
  stdin: boolean;
  replay: boolean;
  /** The workload waits while this client is behind. */
  wait: boolean;
}

export interface AttachParts {
  broadcaster: OutputBroadcaster;
  input: InputHub;
  /** A terminal has no stderr of its own. */
  terminal: boolean;
}

/** One client at the workload's streams, over all boots of the machine. */
export class AttachSession implements OutputSubscriber, StreamHandler {
  readonly #connection: ClientConnection;
  readonly #parts: AttachParts;
  readonly #options: AttachOptions;
  #isHolding = false;

  constructor(connection: ClientConnection, parts: AttachParts, options: AttachOptions) {
    this.#connection = connection;
    this.#parts = parts;
    this.#options = options;
  }

  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Begins to send; the request has been answered. */
  open(): void {
    this.#connection.startStream(this);
    if (!this.#connection.isOver) this.#parts.broadcaster.subscribe(this, this.#options.replay);
  }

  output(name: OutputName, bytes: Buffer): void {
    const hasRoom = this.#connection.sendData(clientStreams[name], bytes);
    if (this.#options.wait) this.#isHolding = !hasRoom;
    else if (this.#connection.queuedBytes > maxBehindBytes) this.#drop();
  }

  gap(name: OutputName, missingBytes: number): void {
    this.#connection.sendEvent({ event: 'gap', stream: clientStreams[name], missingBytes });
  }

  ended(): void {
    this.#connection.sendEnd(clientStreams.output);
    if (!this.#parts.terminal) this.#connection.sendEnd(clientStreams.error);
    this.#connection.sendEvent({ event: 'ended' });
    this.#leave();
  }

  data(stream: number, bytes: Buffer): boolean {
    if (stream !== clientStreams.input || !this.#options.stdin) return true;
    return this.#parts.input.write(this.#connection, bytes);
  }

  end(stream: number): void {
    if (stream === clientStreams.input && this.#options.stdin) this.#parts.input.end();
  }

  drained(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#parts.broadcaster.review();
  }

  gone(): void {
    this.#parts.broadcaster.unsubscribe(this);
    this.#parts.input.forget(this.#connection);
  }

  #drop(): void {
    this.#connection.sendEvent({ event: 'dropped', behindBytes: this.#connection.queuedBytes });
    this.#leave();
  }

  #leave(): void {
    this.gone();
    this.#connection.finish();
  }
}
