import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Frame } from '../../protocol/frame.ts';
import { Metrics, Response, type Welcome } from '../../protocol/messages.ts';
import { parseJsonWith } from '../../protocol/parse.ts';
import type { ChannelEvents, ResumePoint } from './channel-contract.ts';
import { ChannelSession } from './channel-session.ts';
import { EventInbox } from './event-inbox.ts';
import type { FrameSink } from './frame-sink.ts';
import type { IncomingStream } from './incoming-stream.ts';
import type { OutgoingStream } from './outgoing-stream.ts';
import { RequestBook, type RequestOptions } from './request-book.ts';
import {
  methodFeatures,
  type RequestMethod,
  type RequestParams,
  type RequestResult,
} from './request-methods.ts';
import { SessionKeeper } from './session-keeper.ts';
import { StreamTable } from './stream-table.ts';

/**
 * The host's end of the channel over the life of a machine: streams, requests and events, on one transport
 * after another. It owns the transports that it is given, and knows nothing about where they come from.
 */
export class ChannelClient extends EventEmitter<ChannelEvents> implements FrameSink {
  #session: ChannelSession | undefined;
  #keeper: SessionKeeper | undefined;
  #welcome: Welcome | undefined;
  #bootId: string | undefined;
  #metricsIntervalMs: number | null = null;
  #isClosed = false;
  readonly #requests = new RequestBook(this);
  readonly #events: EventInbox;
  readonly #streams: StreamTable;

  constructor({ acknowledged, received = new Map(), bootId }: ResumePoint = {}) {
    super();
    this.#bootId = bootId;
    this.#events = new EventInbox(acknowledged);
    this.#streams = new StreamTable(this, received, {
      gap: (gap) => this.emit('gap', gap),
      ignored: (problem) => this.emit('ignored', problem),
      broken: (error) => this.#fail(error),
    });
  }

  get isOpen(): boolean {
    return this.#session?.isOpen === true;
  }

  get writable(): boolean {
    return this.#session?.writable === true;
  }

  get sentRequests(): number {
    return this.#requests.sentCount;
  }

  /** Number of the last event that was dealt with: the `acknowledged` of a later process. */
  get acknowledged(): number {
    return this.#events.lastSequence;
  }

  /** What consumers have taken of the guest's streams, by stream id: the `received` of a later process. */
  get received(): ReadonlyMap<number, number> {
    return this.#streams.takenOffsets();
  }

  /** Streams of which anything is remembered. */
  get streamCount(): number {
    return this.#streams.size;
  }

  send(frame: Buffer): void {
    if (!this.isOpen) return;
    this.#session?.send(frame);
    this.#keeper?.sent();
  }

  /** Whether the guest of the last session named a feature in its welcome. */
  hasFeature(name: string): boolean {
    return this.#welcome?.features.includes(name) === true;
  }

  /**
   * The guest's stream as a Readable; credit flows while it is read, so read it or destroy it. The same object
   * for the same id, until it has ended and the consumer has seen that; then only the fixed streams are known.
   */
  readable(id: number): IncomingStream {
    return this.#streams.readable(id);
  }

  /**
   * A stream to the guest. Writes wait for the guest's credit. The same object for the same id, until it has
   * ended and the guest has all of it; then only the fixed streams are known.
   */
  writableStream(id: number): OutgoingStream {
    return this.#streams.writableStream(id);
  }

  /** Gives a stream up, e.g. the input of a process that has ended: destroys and forgets it. Repeatable. */
  closeStream(id: number): void {
    this.#streams.close(id);
  }

  /** Begins a session on a transport; one that was there before is closed. */
  attach(transport: Duplex): void {
    if (this.#isClosed) {
      transport.destroy();
      return;
    }
    this.#drop(new FirstbornError('channel', 'The channel moved to another transport'));
    this.#session = new ChannelSession(
      transport,
      {
        opened: (welcome) => this.#opened(welcome),
        frame: (frame) => this.#dispatch(frame),
        writable: () => this.#streams.pump(),
        ignored: (problem) => this.emit('ignored', problem),
        ended: (how, cause) => {
          this.#drop(cause);
          this.emit(how === 'lost' ? 'lost' : 'failed', cause);
        },
      },
      { acknowledged: this.#events.lastSequence, takenOffsets: this.#streams.takenOffsets() },
    );
  }

  /**
   * Sends a request and waits for its result. Beyond what RequestBook.ask rejects with: a FirstbornError of
   * code `channel` without an open session, of code `guest` when the guest does not offer the method.
   */
  async request<Method extends RequestMethod>(
    method: Method,
    params: RequestParams<Method>,
    options?: RequestOptions,
  ): Promise<RequestResult<Method>> {
    if (!this.isOpen) {
      throw new FirstbornError('channel', `Cannot ask the guest for "${method}": the channel is not open`);
    }
    const feature = methodFeatures[method];
    if (feature !== undefined && !this.hasFeature(feature)) {
      const reason = `its init (version ${this.#welcome?.initVersion}) is too old to offer "${feature}"`;
      throw new FirstbornError('guest', `Cannot ask the guest for "${method}": ${reason}`);
    }
    return await this.#requests.ask(method, params, options);
  }

  /**
   * From now on, over all sessions, a `sample` at every interval; null ends it. Rejects as `request` does;
   * without an open session it resolves at once, and the next one begins with it.
   */
  async watchMetrics(intervalMs: number | null): Promise<void> {
    this.#metricsIntervalMs = intervalMs;
    if (this.isOpen) await this.request('watch-metrics', { intervalMs });
  }

  /** Nothing will come any more: closes the transport and ends every stream. Repeatable. */
  close(): void {
    this.#isClosed = true;
    this.#drop(new FirstbornError('channel', 'The channel was closed'));
    this.#streams.finishAll();
  }

  #drop(cause: FirstbornError): void {
    const session = this.#session;
    this.#session = undefined;
    this.#keeper?.stop();
    this.#keeper = undefined;
    session?.close();
    this.#requests.rejectAll(cause);
  }

  #opened(welcome: Welcome): void {
    if (this.#bootId !== undefined && this.#bootId !== welcome.bootId) {
      this.#fail(new FirstbornError('channel', 'Cannot resume the channel: the machine has restarted'));
      return;
    }
    this.#bootId = welcome.bootId;
    this.#welcome = welcome;
    this.#streams.reopen(welcome.streams);
    this.#keeper = this.#keepSession();
    if (this.#metricsIntervalMs !== null) this.#watchAgain(this.#metricsIntervalMs);
    this.emit('opened', welcome);
  }

  #keepSession(): SessionKeeper {
    return new SessionKeeper(
      {
        ask: async (method, params, options) => await this.request(method, params, options),
        hasFeature: (feature) => this.hasFeature(feature),
        hasBacklog: () => this.#session?.hasBacklog === true,
      },
      {
        silent: () => this.emit('silent'),
        heard: () => this.emit('heard'),
        ignored: (problem) => this.emit('ignored', problem),
      },
    );
  }

  #watchAgain(intervalMs: number): void {
    this.request('watch-metrics', { intervalMs }).catch((error: unknown) => this.#ignoreWhileOpen(error));
  }

  /** With the session everything fails; that is told once, by `lost`. */
  #ignoreWhileOpen(error: unknown): void {
    if (this.isOpen) this.emit('ignored', error as FirstbornError);
  }

  #dispatch(frame: Frame): void {
    this.#keeper?.received();
    switch (frame.type) {
      case 'response':
        this.#takeResponse(frame.payload);
        return;
      case 'event':
        this.#takeEvent(frame.payload);
        return;
      case 'sample':
        this.#takeSample(frame.payload);
        return;
      case 'data':
      case 'end':
      case 'credit':
        this.#streams.take(frame);
        return;
      case 'hello':
      case 'welcome':
      case 'refuse':
      case 'request':
        this.emit(
          'ignored',
          new FirstbornError('channel', `Cannot take a "${frame.type}" frame in an open session`),
        );
        return;
      default:
        frame.type satisfies never;
    }
  }

  /** What no schema accepts is ignored. Only the reading: errors of listeners are theirs, and not ours to hide. */
  #readOrIgnore<Value>(read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FirstbornError)) throw error;
      this.emit('ignored', error);
      return undefined;
    }
  }

  #takeResponse(payload: Buffer): void {
    const response = this.#readOrIgnore(() =>
      parseJsonWith(Response, payload.toString(), 'a response', 'channel'),
    );
    if (response === undefined) return;
    if (response.id === 0 && !response.ok) {
      const { code, message } = response.error;
      const problem = `Guest could not read a request (${code}): ${message}`;
      this.emit('ignored', new FirstbornError('channel', problem));
      return;
    }
    const order = this.#requests.settle(response);
    if (order !== undefined) this.#streams.confirm(order);
  }

  #takeEvent(payload: Buffer): void {
    const event = this.#readOrIgnore(() => this.#events.read(payload));
    if (event === undefined) return;
    this.emit('event', event);
    this.#events.taken(event);
    this.#events
      .acknowledge(async (sequence) => await this.request('acknowledge', { sequence }))
      .catch((error: unknown) => this.#ignoreWhileOpen(error));
  }

  #takeSample(payload: Buffer): void {
    const sample = this.#readOrIgnore(() =>
      parseJsonWith(Metrics, payload.toString(), 'a sample', 'channel'),
    );
    if (sample !== undefined) this.emit('sample', sample);
  }

  #fail(error: FirstbornError): void {
    this.#drop(error);
    this.emit('failed', error);
  }
}
