import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import { decodeOffset, type Frame } from '../../protocol/frame.ts';
import { type Event, type RequestMethod, Response, type Welcome } from '../../protocol/messages.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import { ChannelSession } from './channel-session.ts';
import { EventInbox } from './event-inbox.ts';
import type { FrameSink } from './frame-sink.ts';
import { IncomingStream } from './incoming-stream.ts';
import { OutgoingStream } from './outgoing-stream.ts';
import { RequestBook, type RequestParams } from './request-book.ts';

interface ChannelEvents {
  /** A session is open; the first, or one on a later transport. */
  opened: [Welcome];
  /** In order, each once. Acknowledged when the listeners have returned. */
  event: [Event];
  /** Bytes of a stream were lost with an earlier session. */
  gap: [{ stream: number; missingBytes: number }];
  /** Something from the guest was ignored; for a log. */
  ignored: [FirstbornError];
  /** The transport is gone; `attach` another one to go on. */
  lost: [FirstbornError];
  /** The conversation can't go on with any transport. */
  failed: [FirstbornError];
}

/**
 * The host's end of the channel over the life of a machine: streams, requests and events, on one transport
 * after another. It owns the transports that it is given, and knows nothing about where they come from.
 */
export class ChannelClient extends EventEmitter<ChannelEvents> implements FrameSink {
  #session: ChannelSession | undefined;
  #bootId: string | undefined;
  readonly #requests = new RequestBook(this);
  readonly #events = new EventInbox();
  readonly #incoming = new Map<number, IncomingStream>();
  readonly #outgoing = new Map<number, OutgoingStream>();
  #acknowledgedSequence = 0;
  #acknowledging = false;

  get isOpen(): boolean {
    return this.#session?.isOpen === true;
  }

  get writable(): boolean {
    return this.#session?.writable === true;
  }

  send(frame: Buffer): void {
    this.#session?.send(frame);
  }

  /** The guest's stream as a Readable; credit flows while it is read. The same object for the same id. */
  readable(id: number): IncomingStream {
    let stream = this.#incoming.get(id);
    if (stream === undefined) {
      stream = new IncomingStream(id, this);
      this.#incoming.set(id, stream);
      if (this.isOpen) stream.reopen();
    }
    return stream;
  }

  /** A stream to the guest. Writes wait for the guest's credit. The same object for the same id. */
  writableStream(id: number): OutgoingStream {
    let stream = this.#outgoing.get(id);
    if (stream === undefined) {
      stream = new OutgoingStream(id, this);
      this.#outgoing.set(id, stream);
    }
    return stream;
  }

  /** Begins a session on a transport; one that was there before is closed. */
  attach(transport: Duplex): void {
    this.#drop(new FirstbornError('channel', 'The channel moved to another transport'));
    this.#session = new ChannelSession(
      transport,
      {
        opened: (welcome) => this.#opened(welcome),
        frame: (frame) => this.#dispatch(frame),
        writable: () => this.#pump(),
        ignored: (problem) => this.emit('ignored', problem),
        ended: (how, cause) => {
          this.#drop(cause);
          this.emit(how === 'lost' ? 'lost' : 'failed', cause);
        },
      },
      { acknowledged: this.#events.lastSequence },
    );
  }

  /** Sends a request and waits for its result; see RequestBook.ask for what can go wrong. */
  async request<Method extends RequestMethod>(
    method: Method,
    params: RequestParams<Method>,
    deadlineMs?: number,
  ): Promise<unknown> {
    if (!this.isOpen) {
      throw new FirstbornError('channel', `Cannot ask the guest for "${method}": the channel is not open`);
    }
    return await this.#requests.ask(method, params, deadlineMs);
  }

  /** Nothing will come any more: closes the transport and ends every stream. Repeatable. */
  close(): void {
    this.#drop(new FirstbornError('channel', 'The channel was closed'));
    for (const stream of this.#incoming.values()) stream.finish();
    for (const stream of this.#outgoing.values()) stream.destroy();
  }

  #drop(cause: FirstbornError): void {
    const session = this.#session;
    this.#session = undefined;
    session?.close();
    this.#requests.rejectAll(cause);
  }

  #opened(welcome: Welcome): void {
    if (this.#bootId !== undefined && this.#bootId !== welcome.bootId) {
      this.#fail(new FirstbornError('channel', 'Cannot resume the channel: the machine has restarted'));
      return;
    }
    this.#bootId = welcome.bootId;
    this.#acknowledgedSequence = this.#events.lastSequence;
    for (const stream of this.#incoming.values()) stream.reopen();
    for (const stream of this.#outgoing.values()) stream.reopen();
    this.emit('opened', welcome);
  }

  #dispatch(frame: Frame): void {
    try {
      switch (frame.type) {
        case 'response':
          this.#requests.settle(parseJsonWith(Response, frame.payload.toString(), 'a response', 'channel'));
          return;
        case 'event':
          this.#takeEvent(frame.payload);
          return;
        case 'data':
        case 'end':
        case 'credit':
          this.#streamFrame(frame);
          return;
        case 'hello':
        case 'welcome':
        case 'refuse':
        case 'request':
          throw new FirstbornError('channel', `Cannot take a "${frame.type}" frame in an open session`);
        default:
          frame.type satisfies never;
      }
    } catch (error) {
      if (!(error instanceof FirstbornError)) throw error;
      this.emit('ignored', error);
    }
  }

  #takeEvent(payload: Buffer): void {
    const event = this.#events.take(payload);
    if (event !== undefined) this.emit('event', event);
    void this.#acknowledge();
  }

  /** One acknowledgement at a time: it covers everything up to its number, and the next covers the rest. */
  async #acknowledge(): Promise<void> {
    if (this.#acknowledging) return;
    this.#acknowledging = true;
    try {
      while (this.isOpen && this.#acknowledgedSequence < this.#events.lastSequence) {
        const sequence = this.#events.lastSequence;
        await this.request('acknowledge', { sequence });
        this.#acknowledgedSequence = Math.max(this.#acknowledgedSequence, sequence);
      }
    } catch (error) {
      // The next event, or the next session's hello, says it again.
      if (this.isOpen) this.emit('ignored', error as FirstbornError);
    } finally {
      this.#acknowledging = false;
    }
  }

  #streamFrame({ type, stream: id, payload }: Frame): void {
    const offset = decodeOffset(payload);
    if (offset === undefined) {
      throw new FirstbornError('channel', `Cannot read the offset of a "${type}" frame on stream ${id}`);
    }
    if (type === 'credit') {
      this.#outgoing.get(id)?.grant(offset);
      return;
    }
    const stream = this.#incoming.get(id);
    if (stream === undefined) return;
    if (type === 'end') this.#tellGap(stream, stream.finish(offset));
    else this.#takeData(stream, offset, payload.subarray(8));
  }

  #tellGap(stream: IncomingStream, missingBytes: number): void {
    if (missingBytes > 0) this.emit('gap', { stream: stream.id, missingBytes });
  }

  #takeData(stream: IncomingStream, offset: number, bytes: Buffer): void {
    try {
      this.#tellGap(stream, stream.accept(offset, bytes));
    } catch (error) {
      this.#fail(error as FirstbornError);
    }
  }

  #fail(error: FirstbornError): void {
    this.#drop(error);
    this.emit('failed', error);
  }

  #pump(): void {
    for (const stream of this.#outgoing.values()) stream.pump();
  }
}
