import type { Native } from '../../addon/native.ts';
import {
  decodeOffset,
  encodeControl,
  encodeData,
  encodeFrame,
  encodeOffset,
  type Frame,
  FrameDecoder,
} from '../../protocol/frame.ts';
import type { EventBody } from '../../protocol/messages.ts';
import { hostAbsenceMs } from '../../protocol/limits.ts';
import { firstDynamicStream } from '../../protocol/names.ts';
import type { Log } from '../log/log.ts';
import { EventLog } from './event-log.ts';
import { answerHello } from './handshake.ts';
import type { RequestDesk } from './requests.ts';
import { Transport } from './transport.ts';

/** One stream of workload bytes, as the channel sees it. */
export interface ChannelStream {
  /** The host allows sending up to this offset. */
  onCredit?(limit: number): void;
  onData?(offset: number, bytes: Buffer): void;
  onEnd?(offset: number): void;
  /** A new host session began: windows start anew. */
  onSession(): void;
  /** The transport took its queue; sending may go on. */
  onDrained?(): void;
}

/**
 * The guest's end of the channel. A session begins whenever a hello with a new nonce arrives, whatever
 * happened before; a hello with the nonce of the open session is only answered again.
 */
export class HostChannel {
  readonly #transport: Transport;
  readonly #decoder = new FrameDecoder();
  readonly #streams = new Map<number, ChannelStream>();
  /** Credit for streams that a container yet to start will open; the host grants it as the session begins. */
  readonly #earlyCredit = new Map<number, number>();
  readonly #events = new EventLog();
  readonly #bootId: string;
  readonly #log: Log;
  #desk: RequestDesk | undefined;
  #session: string | undefined;

  /** Takes over `fd`, which must be non-blocking. */
  constructor(native: Native, fd: number, bootId: string, log: Log) {
    this.#bootId = bootId;
    this.#log = log;
    this.#transport = new Transport(native, fd, {
      received: (bytes) => {
        for (const frame of this.#decoder.push(bytes)) this.#dispatch(frame);
      },
      drained: () => {
        for (const stream of this.#streams.values()) stream.onDrained?.();
      },
    });
  }

  /** True once a host has spoken; what is sent before waits or is lost. */
  get inSession(): boolean {
    return this.#session !== undefined;
  }

  /** Whether somebody may still take what waits: in session, and not gone for longer than a reconnect takes. */
  get hostListens(): boolean {
    return this.inSession && this.#transport.hostAwayMs < hostAbsenceMs;
  }

  get congested(): boolean {
    return this.#transport.congested;
  }

  /** From now on requests are answered; before, they get an error reply. */
  serve(desk: RequestDesk): void {
    this.#desk = desk;
  }

  openStream(id: number, stream: ChannelStream): void {
    this.#streams.set(id, stream);
    if (this.inSession) stream.onSession();
    const credit = this.#earlyCredit.get(id);
    this.#earlyCredit.delete(id);
    if (credit !== undefined) stream.onCredit?.(credit);
  }

  closeStream(id: number): void {
    this.#streams.delete(id);
  }

  sendData(id: number, offset: number, bytes: Buffer): void {
    this.#transport.send(encodeData(id, offset, bytes));
  }

  sendEnd(id: number, offset: number): void {
    this.#transport.send(encodeFrame('end', id, encodeOffset(offset)));
  }

  sendCredit(id: number, limit: number): void {
    this.#transport.send(encodeFrame('credit', id, encodeOffset(limit)));
  }

  /** Tells the host, now or in its next session, until it acknowledges. */
  announce(body: EventBody): void {
    const event = this.#events.append(body);
    if (this.inSession) this.#transport.send(encodeControl('event', event));
  }

  acknowledge(sequence: number): void {
    this.#events.acknowledge(sequence);
  }

  /** Resolves once every event so far has been acknowledged by a host. */
  allAcknowledged(): Promise<void> {
    return this.#events.allAcknowledged();
  }

  #dispatch(frame: Frame): void {
    switch (frame.type) {
      case 'hello':
        this.#onHello(frame.payload.toString());
        break;
      case 'request':
        this.#onRequest(frame.payload.toString());
        break;
      case 'data':
      case 'end':
      case 'credit':
        this.#onStreamFrame(frame);
        break;
      case 'welcome':
      case 'refuse':
      case 'response':
      case 'event':
        // Ours to send: a console that echoes gives them back.
        break;
      default:
        frame.type satisfies never;
    }
  }

  #onHello(text: string): void {
    const answer = answerHello(text, this.#bootId);
    if (answer.state === 'refuse') {
      this.#log.warn({ reason: answer.refuse.message }, 'refused a host');
      this.#transport.send(encodeControl('refuse', answer.refuse));
      return;
    }
    const isNew = answer.hello.session !== this.#session;
    if (isNew) this.#transport.dropQueue();
    this.#transport.send(encodeControl('welcome', answer.welcome));
    if (!isNew) return;
    this.#session = answer.hello.session;
    this.#earlyCredit.clear();
    this.#log.debug({ skippedBytes: this.#decoder.skippedBytes }, 'a host session began');
    this.#events.acknowledge(answer.hello.acknowledged);
    for (const event of this.#events.pending()) this.#transport.send(encodeControl('event', event));
    for (const stream of this.#streams.values()) stream.onSession();
  }

  #onRequest(text: string): void {
    if (!this.inSession || this.#desk === undefined) return;
    const session = this.#session;
    this.#desk.take(text, (response) => {
      // The host that asked may be gone; ids of another session mean nothing to the next.
      if (this.#session === session) this.#transport.send(encodeControl('response', response));
    });
  }

  #onStreamFrame(frame: Frame): void {
    const stream = this.#streams.get(frame.stream);
    const offset = decodeOffset(frame.payload);
    if (offset === undefined || !this.inSession) return;
    if (stream === undefined) {
      // Only the fixed ids: a host can't make the guest remember others.
      if (frame.type === 'credit' && frame.stream < firstDynamicStream)
        this.#earlyCredit.set(frame.stream, offset);
    } else if (frame.type === 'credit') stream.onCredit?.(offset);
    else if (frame.type === 'end') stream.onEnd?.(offset);
    else stream.onData?.(offset, frame.payload.subarray(8));
  }
}
