import type { Native } from '../../addon/native.ts';
import {
  encodeControl,
  encodeFrame,
  encodeOffset,
  type Frame,
  FrameDecoder,
  frameStallMs,
  makeDataEncoder,
} from '../../protocol/frame.ts';
import { maxFramePayloadBytes } from '../../protocol/limits.ts';
import type { EventBody, Hello, Metrics, Welcome } from '../../protocol/messages.ts';
import type { Log } from '../log/log.ts';
import type { ChannelStream } from './channel-stream.ts';
import { EventDelivery } from './event-delivery.ts';
import { answerHello } from './handshake.ts';
import { HostPresence } from './host-presence.ts';
import { encodeResponse, type RequestDesk } from './requests.ts';
import { StreamTable } from './stream-table.ts';
import { Transport } from './transport.ts';

export type { ChannelStream } from './channel-stream.ts';

/**
 * The guest's end of the channel. A session begins whenever a hello with a new nonce arrives, whatever
 * happened before; a hello with the nonce of the open session is only answered again.
 */
export class HostChannel {
  readonly #transport: Transport;
  readonly #decoder = new FrameDecoder();
  /** The transport is done with a frame, or has a copy, before the next one is made. */
  readonly #encodeData = makeDataEncoder();
  readonly #streams = new StreamTable();
  readonly #events: EventDelivery;
  readonly #presence: HostPresence;
  readonly #sessionListeners = new Set<() => void>();
  readonly #bootId: string;
  readonly #log: Log;
  #desk: RequestDesk | undefined;
  #session: string | undefined;
  /** Why a host was refused last: one that goes on asking is not worth a line each time. */
  #lastRefusal: string | undefined;
  /** Until all streams know of a new session, none may send what the last one allowed. */
  #changingSession = false;

  /** Takes over `fd`, which must be non-blocking. */
  constructor(native: Native, fd: number, bootId: string, log: Log) {
    this.#bootId = bootId;
    this.#log = log;
    this.#transport = new Transport(native, fd, {
      received: (bytes) => this.#receive(bytes),
      drained: () => this.#letStreamsGoOn(),
      left: () => {
        this.#decoder.reset();
        this.#presence.left();
      },
      tookSome: () => this.#presence.tookSomething(),
    });
    this.#presence = new HostPresence(this.#transport, () => this.#letStreamsGoOn());
    this.#events = new EventDelivery({
      send: (event) => this.#transport.send(encodeControl('event', event)),
      outputWaits: () => this.#streams.endWaits,
    });
  }

  /** True once a host has spoken; what is sent before waits or is lost. */
  get inSession(): boolean {
    return this.#session !== undefined;
  }

  /** Whether somebody may still take what waits: in session, and not away. */
  get hostListens(): boolean {
    return this.inSession && !this.#presence.away;
  }

  /** Whether it makes no sense to wait for the host any longer; see HostPresence. */
  get hostAway(): boolean {
    return this.#presence.away;
  }

  get congested(): boolean {
    return this.#transport.congested;
  }

  /** From now on requests are answered; before, they are ignored. */
  serve(desk: RequestDesk): void {
    this.#desk = desk;
  }

  /** Calls `listener` at the start of each session from now on, until the function that is returned is called. */
  onNewSession(listener: () => void): () => void {
    this.#sessionListeners.add(listener);
    return () => void this.#sessionListeners.delete(listener);
  }

  /** Gives an id for a new stream, which no other has had. */
  allocateStream(): number {
    return this.#streams.allocate();
  }

  /** Connects a stream. In a session `onSession(0)` is called before this returns. */
  openStream(id: number, stream: ChannelStream): void {
    this.#streams.open(id, stream, this.inSession);
  }

  /** Nothing more comes of a stream; nothing is kept of it. `endOffset` is where one to the host ended. */
  closeStream(id: number, endOffset?: number): void {
    this.#streams.close(id, endOffset);
  }

  /** A stream to the host has ended but stays open until the host has taken it; it closes itself. */
  keepEndedStream(id: number): void {
    this.#streams.keepEnded(id);
  }

  sendData(id: number, offset: number, bytes: Buffer): void {
    this.#transport.send(this.#encodeData(id, offset, bytes));
  }

  sendEnd(id: number, offset: number): void {
    this.#transport.send(encodeFrame('end', id, encodeOffset(offset)));
    // It may be what the news of an exit waited for.
    this.#events.deliver();
  }

  sendCredit(id: number, limit: number): void {
    this.#transport.send(encodeFrame('credit', id, encodeOffset(limit)));
  }

  /** Sends metrics that nobody misses: gives false when they were dropped because the host doesn't take them. */
  sendSample(metrics: Metrics): boolean {
    if (!this.inSession || this.congested || !this.#presence.reachable) return false;
    const payload = Buffer.from(JSON.stringify(metrics));
    if (payload.length > maxFramePayloadBytes) return false;
    this.#transport.send(encodeFrame('sample', 0, payload));
    return true;
  }

  /** For who waits for the host to read: all streams' `onDrained` will be called again, should it never come too. */
  awaitHost(): void {
    this.#presence.await();
  }

  /** Tells the host, now or in its next session, until it acknowledges. */
  announce(body: EventBody): void {
    this.#events.announce(body);
  }

  acknowledge(sequence: number): void {
    this.#events.acknowledge(sequence);
  }

  /** Resolves once a host has acknowledged every event so far and has taken all output that has ended. */
  async allAcknowledged(): Promise<void> {
    await Promise.all([this.#events.allAcknowledged(), this.#streams.allTaken()]);
  }

  #receive(bytes: Buffer): void {
    const frames = this.#decoder.push(bytes);
    frames.forEach((frame, index) => {
      // A host asks again and again until it is answered. Only its last word counts, be it another host's.
      if (frame.type !== 'hello' || frames[index + 1]?.type !== 'hello') this.#dispatch(frame);
    });
    // The last host may have gone in the middle of a frame: its rest must not be made of this one's hellos.
    if (this.#decoder.incompleteForMs < frameStallMs) return;
    for (const frame of this.#decoder.takeInside('hello')) this.#dispatch(frame);
  }

  #dispatch(frame: Frame): void {
    switch (frame.type) {
      case 'hello':
        this.#onHello(frame.payload.toString());
        break;
      case 'request':
      case 'data':
      case 'end':
      case 'credit':
        if (this.inSession) this.#onSessionFrame(frame);
        break;
      case 'welcome':
      case 'refuse':
      case 'response':
      case 'event':
      case 'sample':
        // Ours to send: a console that echoes gives them back.
        break;
      default:
        frame.type satisfies never;
    }
  }

  #onHello(text: string): void {
    const answer = answerHello(text, { bootId: this.#bootId, streams: this.#streams.receivedOffsets() });
    if (answer.state === 'refuse') {
      const { message } = answer.refuse;
      if (message !== this.#lastRefusal) this.#log.warn({ reason: message }, 'refused a host');
      this.#lastRefusal = message;
      this.#transport.send(encodeControl('refuse', answer.refuse));
      return;
    }
    if (answer.hello.session === this.#session) {
      this.#transport.send(encodeControl('welcome', answer.welcome));
      this.#presence.heard();
    } else this.#beginSession(answer.hello, answer.welcome);
  }

  #beginSession(hello: Hello, welcome: Welcome): void {
    this.#changingSession = true;
    this.#events.pause();
    this.#transport.dropQueue();
    this.#transport.send(encodeControl('welcome', welcome));
    this.#session = hello.session;
    this.#desk?.beginSession();
    this.#lastRefusal = undefined;
    this.#log.debug({ skippedBytes: this.#decoder.skippedBytes }, 'a host session began');
    this.#presence.sessionBegan();
    for (const listener of this.#sessionListeners) listener();
    this.#streams.beginSession(hello.streams, (id, offset) => this.sendEnd(id, offset));
    this.#events.beginSession(hello.acknowledged);
    this.#changingSession = false;
    this.#letStreamsGoOn();
  }

  #letStreamsGoOn(): void {
    if (!this.#changingSession) this.#streams.letGoOn();
  }

  #onSessionFrame(frame: Frame): void {
    this.#presence.heard();
    if (frame.type === 'request') this.#onRequest(frame.payload.toString());
    else this.#streams.dispatch(frame);
  }

  #onRequest(text: string): void {
    const session = this.#session;
    this.#desk?.take(text, (response) => {
      // The host that asked may be gone; ids of another session mean nothing to the next.
      if (this.#session === session) this.#transport.send(encodeResponse(response));
    });
  }
}
