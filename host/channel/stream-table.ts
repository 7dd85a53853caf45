import { FirstbornError } from '../../protocol/errors.ts';
import { decodeOffset, encodeFrame, encodeOffset, type Frame } from '../../protocol/frame.ts';
import { streamWindowBytes } from '../../protocol/limits.ts';
import { firstDynamicStream } from '../../protocol/names.ts';
import { DepartedStreams } from './departed-streams.ts';
import { EarlyOffsets } from './early-offsets.ts';
import type { FrameSink } from './frame-sink.ts';
import { IncomingStream, type IncomingStreamHandlers } from './incoming-stream.ts';
import { OutgoingStream } from './outgoing-stream.ts';

/** Bytes of a stream that the guest no longer had. */
export interface StreamGap {
  stream: number;
  /** Offset of the first of them. */
  offset: number;
  missingBytes: number;
}

export interface StreamTableHandlers {
  gap(gap: StreamGap): void;
  /** A frame that can't be read was dropped. */
  ignored(problem: FirstbornError): void;
  /** The guest broke the rules in a way that no further frame can mend. */
  broken(error: FirstbornError): void;
}

/** Entries that a hello may carry. */
const maxHelloStreams = 1024;

/**
 * The streams of a machine over all sessions. Streams of execs and copies are forgotten when they have ended,
 * all was taken and the guest knows it; those with fixed ids stay.
 */
export class StreamTable {
  readonly #sink: FrameSink;
  readonly #handlers: StreamTableHandlers;
  readonly #incoming = new Map<number, IncomingStream>();
  readonly #outgoing = new Map<number, OutgoingStream>();
  /** Where an earlier process had got to with streams that nobody has opened in this one. */
  readonly #received: Map<number, number>;
  readonly #departed = new DepartedStreams();
  readonly #earlyCredits = new EarlyOffsets();
  readonly #earlyEnds = new EarlyOffsets();
  /** What the guest had of this host's streams when the session began. */
  #arrived: Readonly<Record<string, number>> = {};

  constructor(sink: FrameSink, received: ReadonlyMap<number, number>, handlers: StreamTableHandlers) {
    this.#sink = sink;
    this.#received = new Map(received);
    this.#handlers = handlers;
  }

  /** Streams about which something is remembered. */
  get size(): number {
    const open = this.#incoming.size + this.#outgoing.size;
    return open + this.#departed.size + this.#earlyCredits.size + this.#earlyEnds.size;
  }

  readable(id: number): IncomingStream {
    let stream = this.#incoming.get(id);
    if (stream === undefined) {
      stream = this.#makeIncoming(id);
      this.#incoming.set(id, stream);
      this.#received.delete(id);
      if (this.#sink.isOpen) stream.reopen();
      const endOffset = this.#earlyEnds.take(id);
      if (endOffset !== undefined) stream.finish(endOffset);
    }
    return stream;
  }

  writableStream(id: number): OutgoingStream {
    let stream = this.#outgoing.get(id);
    if (stream === undefined) {
      stream = new OutgoingStream(id, this.#sink);
      this.#outgoing.set(id, stream);
      if (this.#sink.isOpen) stream.reopen(this.#arrived[id]);
      const limit = this.#earlyCredits.take(id);
      if (limit !== undefined) stream.grant(limit);
    }
    return stream;
  }

  /** Gives a stream up: what the guest still sends is dropped, what waits for it too. */
  close(id: number): void {
    this.#incoming.get(id)?.destroy();
    this.#outgoing.get(id)?.destroy();
    if (this.#outgoing.has(id) && id >= firstDynamicStream) {
      this.#outgoing.delete(id);
      this.#departed.add(id, this.#sink.sentRequests);
    }
    this.#earlyCredits.take(id);
    this.#earlyEnds.take(id);
  }

  /**
   * Where the consumers are, by stream. A guest waits for nobody with a stream of an exec or a copy that a hello
   * does not name; of the fixed ones it need only know what there is to say.
   */
  takenOffsets(): Map<number, number> {
    const offsets = new Map<number, number>();
    const add = (id: number, offset: number): void => {
      if (offsets.size < maxHelloStreams) offsets.set(id, offset);
    };
    for (const { id, takenOffset, isSettled } of this.#incoming.values()) {
      if (id >= firstDynamicStream || takenOffset > 0 || isSettled) add(id, takenOffset);
    }
    for (const [id, offset] of this.#received) add(id, offset);
    for (const [id, offset] of this.#departed.takenOffsets()) add(id, offset);
    return offsets;
  }

  /** A session opened; `arrived` is what its guest has of this host's streams. */
  reopen(arrived: Readonly<Record<string, number>>): void {
    this.#arrived = arrived;
    this.#earlyCredits.clear();
    this.#earlyEnds.clear();
    for (const stream of this.#incoming.values()) stream.reopen();
    for (const stream of this.#outgoing.values()) stream.reopen(arrived[stream.id]);
    this.#departed.repeat(this.#sink.sentRequests, (id, takenOffset) => {
      this.#sink.send(encodeFrame('credit', id, encodeOffset(takenOffset + streamWindowBytes)));
    });
  }

  /** Takes a `data`, `end` or `credit` frame. */
  take({ type, stream: id, payload }: Frame): void {
    const offset = decodeOffset(payload);
    if (offset === undefined) {
      const problem = `Cannot read the offset of a "${type}" frame on stream ${id}`;
      this.#handlers.ignored(new FirstbornError('channel', problem));
    } else if (!this.#departed.has(id)) {
      if (type === 'credit') this.#takeCredit(id, offset);
      else if (type === 'end') this.#takeEnd(id, offset);
      else this.#takeData(id, offset, payload.subarray(8));
    }
  }

  #takeCredit(id: number, limit: number): void {
    const stream = this.#outgoing.get(id);
    if (stream === undefined) this.#earlyCredits.set(id, limit);
    else stream.grant(limit);
  }

  #takeEnd(id: number, offset: number): void {
    const stream = this.#incoming.get(id);
    if (stream === undefined) this.#earlyEnds.set(id, offset);
    else stream.finish(offset);
  }

  /** Data of a stream that nobody has opened was sent without credit: it means nothing. */
  #takeData(id: number, offset: number, bytes: Buffer): void {
    const error = this.#incoming.get(id)?.accept(offset, bytes);
    if (error !== undefined) this.#handlers.broken(error);
  }

  /** The guest has answered the `order`th request: it has read all that was sent before that. */
  confirm(order: number): void {
    this.#departed.confirm(order);
    for (const [id, stream] of this.#outgoing) {
      if (id >= firstDynamicStream && stream.isConfirmedBy(order)) this.#outgoing.delete(id);
    }
  }

  /** The transport has drained. */
  pump(): void {
    for (const stream of this.#outgoing.values()) stream.pump();
  }

  /** Nothing will come any more and nothing can be sent. */
  finishAll(): void {
    for (const stream of this.#incoming.values()) stream.abandon();
    for (const stream of this.#outgoing.values()) stream.destroy();
  }

  #makeIncoming(id: number): IncomingStream {
    const handlers: IncomingStreamHandlers = {
      gap: (offset, missingBytes) => this.#handlers.gap({ stream: id, offset, missingBytes }),
      settled: (stream) => this.#forget(stream),
    };
    return new IncomingStream(id, this.#sink, handlers, this.#received.get(id));
  }

  #forget({ id, takenOffset }: IncomingStream): void {
    if (id < firstDynamicStream) return;
    this.#incoming.delete(id);
    this.#departed.add(id, this.#sink.sentRequests, takenOffset);
  }
}
