import { Readable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import { encodeFrame, encodeOffset } from '../../protocol/frame.ts';
import { streamWindowBytes } from '../../protocol/limits.ts';
import { ReceiveWindow } from '../../protocol/stream-window.ts';
import type { FrameSink } from './frame-sink.ts';

export interface IncomingStreamHandlers {
  /** The guest no longer had `missingBytes` from `offset` on; what comes next lies behind them. */
  gap(offset: number, missingBytes: number): void;
  /** The guest has ended the stream and the consumer has taken all of it, or has given up. */
  settled(stream: IncomingStream): void;
}

/**
 * One stream from the guest as a Readable with true backpressure. At most one window of bytes waits here.
 *
 * A byte counts as **taken** when `read()` has returned it or the 'data' listeners have returned. Credit, and
 * what a hello says, speak of taken bytes alone: should this process be killed, the guest still has all others.
 */
export class IncomingStream extends Readable {
  readonly id: number;
  readonly #sink: FrameSink;
  readonly #handlers: IncomingStreamHandlers;
  /** Where an earlier process had got to. The window and the counters below count from there. */
  readonly #baseOffset: number;
  readonly #window: ReceiveWindow;
  /** Losses that lie behind bytes which wait: they count as taken when the bytes before them have been. */
  #gaps: { pushedBytes: number; missingBytes: number }[] = [];
  #pushedBytes = 0;
  #passedGapBytes = 0;
  #takenBytes = 0;
  #finished = false;
  #isSettled = false;
  /** More than 0 while bytes are on their way into a consumer's hands. */
  #handing = 0;

  constructor(id: number, sink: FrameSink, handlers: IncomingStreamHandlers, baseOffset = 0) {
    super({ highWaterMark: streamWindowBytes });
    this.id = id;
    this.#sink = sink;
    this.#handlers = handlers;
    this.#baseOffset = baseOffset;
    this.#window = new ReceiveWindow();
  }

  /** Offset behind the last byte that the consumer has taken. */
  get takenOffset(): number {
    return this.#baseOffset + this.#takenBytes;
  }

  /** All of it has been taken and the guest was told so. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** A session opened: tells the guest how far it may send. */
  reopen(): void {
    this.#window.reopen();
    if (this.#isSettled) this.#confirmAll();
    else this.#grant();
  }

  /** Takes a data frame. Returns an error, and drops the bytes, when the guest exceeds its credit. */
  accept(offset: number, bytes: Buffer): FirstbornError | undefined {
    const receivedOffset = this.#baseOffset + this.#window.offset;
    const received = this.#window.receive(offset - this.#baseOffset, bytes);
    switch (received.state) {
      case 'duplicate':
        break;
      case 'overrun':
        return new FirstbornError(
          'channel',
          `Cannot take stream ${this.id}: the guest sent more than it was allowed, up to offset ${offset + bytes.length}`,
        );
      case 'accepted':
        this.#deliver(received.bytes);
        break;
      case 'gap':
        // The window counts a gap as consumed at once; here it waits for its turn.
        this.#window.consume(-received.missingBytes);
        this.#skip(receivedOffset, received.missingBytes);
        this.#deliver(received.bytes);
        break;
      default:
        received satisfies never;
    }
    return undefined;
  }

  /** The guest ended the stream at an offset. A repetition does no harm. */
  finish(endOffset: number): void {
    if (this.#finished) return;
    const receivedOffset = this.#baseOffset + this.#window.offset;
    if (endOffset > receivedOffset) this.#skip(receivedOffset, endOffset - receivedOffset);
    this.#finished = true;
    this.push(null);
    if (this.destroyed) this.#settle();
  }

  /** Nothing more will come, although the guest has not ended the stream. */
  abandon(): void {
    if (!this.#finished && !this.destroyed) this.push(null);
  }

  override read(size?: number): Buffer | null {
    this.#handing += 1;
    let bytes: Buffer | null;
    try {
      // Emits 'data' before it returns.
      bytes = super.read(size) as Buffer | null;
    } finally {
      this.#handing -= 1;
    }
    this.#countTaken();
    return bytes;
  }

  /** Bytes are what is counted: decode them behind the stream. */
  override setEncoding(): this {
    throw new FirstbornError('usage', 'Cannot set an encoding on a stream of the channel');
  }

  override _read(): void {
    // The guest sends by itself, as far as it has credit.
  }

  /** The consumer gave up, or has everything: what waits here counts as taken, so that the guest can go on. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#countTaken();
    if (this.#finished) this.#settle();
    done(error);
  }

  #skip(offset: number, missingBytes: number): void {
    this.#handlers.gap(offset, missingBytes);
    this.#gaps.push({ pushedBytes: this.#pushedBytes, missingBytes });
  }

  #deliver(bytes: Buffer): void {
    // After the end, or without a consumer, nobody reads any more: the guest must not hang on it.
    this.#pushedBytes += bytes.length;
    if (!this.#finished && !this.destroyed) {
      this.#handing += 1;
      try {
        // May call the 'data' listeners at once.
        this.push(bytes);
      } finally {
        this.#handing -= 1;
      }
    }
    this.#countTaken();
  }

  /** What was pushed and is no longer in the buffer has been taken; after a destroy, all of it. */
  #countTaken(): void {
    if (this.#handing > 0) return;
    const takenPushedBytes = this.#pushedBytes - (this.destroyed ? 0 : this.readableLength);
    for (
      let gap = this.#gaps[0];
      gap !== undefined && gap.pushedBytes <= takenPushedBytes;
      gap = this.#gaps[0]
    ) {
      this.#passedGapBytes += gap.missingBytes;
      this.#gaps.shift();
    }
    const takenBytes = takenPushedBytes + this.#passedGapBytes;
    this.#window.consume(takenBytes - this.#takenBytes);
    this.#takenBytes = takenBytes;
    this.#grant();
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#countTaken();
    this.#confirmAll();
    this.#handlers.settled(this);
  }

  #grant(): void {
    const limit = this.#isSettled || !this.#sink.isOpen ? undefined : this.#window.nextCredit();
    if (limit !== undefined) this.#sendCredit(this.#baseOffset + limit);
  }

  /** The credit from which the guest sees that nothing of the stream is wanted any more. */
  #confirmAll(): void {
    this.#sendCredit(this.takenOffset + streamWindowBytes);
  }

  #sendCredit(limit: number): void {
    this.#sink.send(encodeFrame('credit', this.id, encodeOffset(limit)));
  }
}
