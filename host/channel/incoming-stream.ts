import { Readable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import { encodeFrame, encodeOffset } from '../../protocol/frame.ts';
import { streamWindowBytes } from '../../protocol/limits.ts';
import { ReceiveWindow } from '../../protocol/stream-window.ts';
import type { FrameSink } from './frame-sink.ts';

/**
 * One stream from the guest as a Readable with true backpressure: credit is granted only for bytes that a
 * consumer has taken. At most one window of bytes waits here.
 */
export class IncomingStream extends Readable {
  readonly id: number;
  readonly #sink: FrameSink;
  readonly #window: ReceiveWindow;
  #pushedBytes = 0;
  #consumedBytes = 0;
  #finished = false;

  constructor(id: number, sink: FrameSink, windowBytes: number = streamWindowBytes) {
    // A full window less this mark is more than half a window, so a full window always leads to a credit.
    super({ highWaterMark: Math.floor(windowBytes / 4) });
    this.id = id;
    this.#sink = sink;
    this.#window = new ReceiveWindow(windowBytes);
  }

  /** A session opened: tells the guest how far it may send. */
  reopen(): void {
    this.#countConsumed();
    this.#window.reopen();
    this.#grant();
  }

  /**
   * Takes a data frame. Returns the number of bytes that are missing before it (lost with an earlier
   * session, normally 0). Throws a FirstbornError of code `channel` when the guest exceeds its credit.
   */
  accept(offset: number, bytes: Buffer): number {
    const received = this.#window.receive(offset, bytes);
    switch (received.state) {
      case 'duplicate':
        return 0;
      case 'overrun':
        throw new FirstbornError(
          'channel',
          `Cannot take stream ${this.id}: the guest sent more than it was allowed, up to offset ${offset + bytes.length}`,
        );
      case 'accepted':
        this.#deliver(received.bytes);
        return 0;
      case 'gap':
        this.#deliver(received.bytes);
        return received.missingBytes;
      default:
        return received satisfies never;
    }
  }

  /**
   * The guest ended the stream at an offset; a repetition does no harm. Returns the number of bytes that are
   * missing before it, as `accept` does. Without an offset nothing more will come, whatever is missing.
   */
  finish(endOffset: number = this.#window.offset): number {
    if (this.#finished) return 0;
    this.#finished = true;
    this.push(null);
    return Math.max(0, endOffset - this.#window.offset);
  }

  override _read(): void {
    this.#countConsumed();
    this.#grant();
  }

  /** The consumer gave up: what waits here counts as taken, so that the guest can go on. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#countConsumed();
    this.#grant();
    done(error);
  }

  /** What was pushed and is no longer in the buffer has been taken; after a destroy, all of it. */
  #countConsumed(): void {
    const consumedBytes = this.#pushedBytes - (this.destroyed ? 0 : this.readableLength);
    this.#window.consume(consumedBytes - this.#consumedBytes);
    this.#consumedBytes = consumedBytes;
  }

  #deliver(bytes: Buffer): void {
    if (this.#finished || this.destroyed) {
      // Nobody reads any more: the guest must not hang on it.
      this.#window.consume(bytes.length);
      this.#grant();
      return;
    }
    this.#pushedBytes += bytes.length;
    this.push(bytes);
  }

  #grant(): void {
    const limit = this.#window.nextCredit();
    if (limit !== undefined) this.#sink.send(encodeFrame('credit', this.id, encodeOffset(limit)));
  }
}
