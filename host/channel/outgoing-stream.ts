import { Writable } from 'node:stream';
import { encodeData, encodeFrame, encodeOffset } from '../../protocol/frame.ts';
import { maxStreamChunkBytes, streamWindowBytes } from '../../protocol/limits.ts';
import type { FrameSink } from './frame-sink.ts';
import { ResendBuffer } from './resend-buffer.ts';

type Done = (error?: Error | null) => void;

/**
 * One stream to the guest as a Writable: a write is done when all of it was sent within the guest's credit.
 * `end()` sends the end frame after the last byte. What the guest has not confirmed, at most one window, is
 * kept and sent again when a new session shows that it did not arrive.
 */
export class OutgoingStream extends Writable {
  readonly id: number;
  readonly #sink: FrameSink;
  readonly #unconfirmed = new ResendBuffer();
  /** Offset of the next byte to send; below the end of `#unconfirmed` while lost bytes are sent again. */
  #next = 0;
  #limit = 0;
  #pending: { bytes: Buffer; done: Done } | undefined;
  /** Of the write whose last bytes are about to be sent. */
  #done: Done | undefined;
  #ended = false;
  /** Requests that had been sent when the end frame was; `undefined` before that in each session. */
  #endMark: number | undefined;

  constructor(id: number, sink: FrameSink) {
    super({ decodeStrings: true });
    this.id = id;
    this.#sink = sink;
  }

  /**
   * Whether the guest's answer to the `order`th request proves that it has all of the stream, its end too: it
   * reads frames in the order in which they were sent.
   */
  isConfirmedBy(order: number): boolean {
    return this.#endMark !== undefined && order > this.#endMark;
  }

  /**
   * A session opened, and its guest has the stream up to `arrived`; `undefined` when it does not know the
   * stream. Sends on from there once the guest grants credit. A guest that has more than this process ever
   * sent had it from an earlier one: the stream goes on behind it.
   */
  reopen(arrived: number | undefined): void {
    this.#limit = 0;
    this.#endMark = undefined;
    if (arrived !== undefined) this.#unconfirmed.forgetBelow(arrived);
    this.#next = this.#unconfirmed.startOffset;
    this.pump();
  }

  /** Takes the guest's credit, an absolute offset. Smaller ones than before are old news. */
  grant(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
    this.#forgetConfirmed();
    this.pump();
  }

  /** Sends what may be sent now. Called again when the transport has drained. */
  pump(): void {
    while (this.#sink.writable && this.#next < this.#limit) {
      this.#takePending();
      const maxBytes = Math.min(this.#limit - this.#next, maxStreamChunkBytes);
      const bytes = this.#unconfirmed.read(this.#next, maxBytes);
      if (bytes.length === 0) break;
      this.#sink.send(encodeData(this.id, this.#next, bytes));
      this.#next += bytes.length;
      this.#forgetConfirmed();
      this.#callDone();
    }
    this.#sendEnd();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (chunk.length === 0) {
      done();
      return;
    }
    this.#pending = { bytes: chunk, done };
    this.pump();
  }

  override _final(done: Done): void {
    this.#ended = true;
    this.#sendEnd();
    done();
  }

  /** What was sent stays: a writer that is done, or gone, does not take its bytes back. */
  override _destroy(error: Error | null, done: Done): void {
    this.#pending = undefined;
    this.#done = undefined;
    done(error);
  }

  /** Takes as much of the waiting write as may be sent, once all before it has been. */
  #takePending(): void {
    if (this.#pending === undefined || this.#next < this.#unconfirmed.endOffset) return;
    const { bytes, done } = this.#pending;
    const lengthBytes = Math.min(bytes.length, this.#limit - this.#next, maxStreamChunkBytes);
    this.#unconfirmed.append(bytes.subarray(0, lengthBytes));
    this.#pending = lengthBytes < bytes.length ? { bytes: bytes.subarray(lengthBytes), done } : undefined;
    if (this.#pending === undefined) this.#done = done;
  }

  /** The last of a write has been sent. Calling back may write, and so pump, again: nothing may follow. */
  #callDone(): void {
    const done = this.#done;
    if (done === undefined || this.#next < this.#unconfirmed.endOffset) return;
    this.#done = undefined;
    done();
  }

  /** A credit is one window beyond what was taken. So no guest can make this process keep more than that. */
  #forgetConfirmed(): void {
    this.#unconfirmed.forgetBelow(Math.min(this.#limit - streamWindowBytes, this.#next));
  }

  /** After the last byte, once in each session. */
  #sendEnd(): void {
    const isBehind = this.#pending !== undefined || this.#next < this.#unconfirmed.endOffset;
    if (!this.#ended || isBehind || this.#endMark !== undefined || !this.#sink.isOpen) return;
    this.#endMark = this.#sink.sentRequests;
    this.#sink.send(encodeFrame('end', this.id, encodeOffset(this.#next)));
  }
}
