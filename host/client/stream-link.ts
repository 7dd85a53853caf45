import { Readable, type Writable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Frame } from '../../protocol/frame.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import { clientStreams, StreamEvent } from '../monitor/api.ts';
import type { MonitorConnection, RequestBody } from './connection.ts';
import { LinkInput } from './link-input.ts';

const offsetBytes = 8;
const highWaterMarkBytes = 64 * 1024;

/** Output of the other side. All of a link's outputs share one socket: what is left unread holds up the rest. */
class LinkOutput extends Readable {
  readonly #wanted: () => void;
  #finished = false;

  constructor(wanted: () => void) {
    super({ highWaterMark: highWaterMarkBytes });
    this.#wanted = wanted;
  }
  override _read(): void {
    this.#wanted();
  }

  /** Takes more bytes; false when the reader has enough for now. */
  offer(bytes: Buffer): boolean {
    return this.#finished || this.destroyed || this.push(bytes);
  }

  /** Nothing more comes. May be called again. */
  finish(): void {
    if (this.#finished || this.destroyed) return;
    this.#finished = true;
    this.push(null);
  }
}

export interface StreamLinkOptions {
  /** Whether something is sent on `clientStreams.input`. */
  input: boolean;
  /** Which of `clientStreams` are expected. Bytes on others are dropped. */
  outputs: readonly number[];
  /** Gets the payloads of `sample` frames. */
  onSample?: (payload: Buffer) => void;
  signal?: AbortSignal | undefined;
}

/**
 * A streaming method on a connection of its own. Make it, then `open` it; streams can be used at once. `ended`
 * resolves with the event that ends the method, when every byte before it is in the outputs' buffers. It rejects
 * when the connection is lost before, and with the reason when the signal aborts.
 */
export class StreamLink {
  /** Ends the other side's input when it ends. Writing more than is taken waits; after the end it does nothing. */
  readonly input: Writable | undefined;
  readonly ended: Promise<StreamEvent>;
  /** Events that end nothing. */
  onGap: (gap: { stream: number; missingBytes: number }) => void = () => {};
  readonly #connection: MonitorConnection;
  readonly #options: StreamLinkOptions;
  readonly #outputs = new Map<number, LinkOutput>();
  readonly #full = new Set<LinkOutput>();
  readonly #end = Promise.withResolvers<StreamEvent>();

  constructor(connection: MonitorConnection, options: StreamLinkOptions) {
    this.#connection = connection;
    this.#options = options;
    this.ended = this.#end.promise;
    this.ended.catch(() => {});
    this.input = options.input ? new LinkInput(connection.socket, clientStreams.input) : undefined;
    for (const stream of options.outputs) this.#outputs.set(stream, this.#makeOutput());
    connection.onFrame = (frame) => this.#take(frame);
    void connection.closed.then((error) => this.#finish(() => this.#end.reject(error)));
    const abort = (): void => this.close(options.signal?.reason);
    options.signal?.addEventListener('abort', abort, { once: true });
    void connection.closed.then(() => options.signal?.removeEventListener('abort', abort));
  }

  /** Sends the request and returns its result. Rejects as `MonitorConnection.request` does; then it is closed. */
  async open(body: RequestBody): Promise<unknown> {
    try {
      return await this.#connection.request(body, this.#options.signal);
    } catch (error) {
      this.close(error as Error);
      throw error;
    }
  }

  /** One of the outputs that were asked for. */
  output(stream: number): Readable {
    return this.#outputs.get(stream) as Readable;
  }

  /** Leaves. Outputs end where they are; `ended` rejects unless it is settled. */
  close(reason: Error = new FirstbornError('channel', 'Connection to the monitor was closed')): void {
    this.#finish(() => this.#end.reject(reason));
    this.#connection.close();
  }

  #makeOutput(): LinkOutput {
    const output = new LinkOutput(() => this.#release(output));
    output.once('close', () => this.#release(output));
    return output;
  }

  #release(output: LinkOutput): void {
    if (this.#full.delete(output) && this.#full.size === 0) this.#connection.socket.resume();
  }

  #take(frame: Frame): void {
    // Other types belong to the channel; a monitor does not send them.
    if (frame.type === 'data') this.#takeData(frame);
    else if (frame.type === 'end') this.#outputs.get(frame.stream)?.finish();
    else if (frame.type === 'event') this.#takeEvent(frame.payload);
    else if (frame.type === 'sample') this.#options.onSample?.(frame.payload);
  }

  #takeData({ stream, payload }: Frame): void {
    const output = this.#outputs.get(stream);
    if (output === undefined || output.offer(payload.subarray(offsetBytes))) return;
    this.#full.add(output);
    this.#connection.socket.pause();
  }

  #takeEvent(payload: Buffer): void {
    let event: StreamEvent;
    try {
      event = parseJsonWith(StreamEvent, payload.toString(), "the monitor's event", 'channel');
    } catch (error) {
      this.close(error as FirstbornError);
      return;
    }
    if (event.event === 'gap') this.onGap(event);
    else this.#finish(() => this.#end.resolve(event));
  }

  #finish(settle: () => void): void {
    settle();
    for (const output of this.#outputs.values()) output.finish();
    this.input?.destroy();
  }
}
