import { Writable } from 'node:stream';
import { encodeData, encodeFrame, encodeOffset } from '../../protocol/frame.ts';
import { maxStreamChunkBytes } from '../../protocol/limits.ts';
import { SendWindow } from '../../protocol/stream-window.ts';
import type { FrameSink } from './frame-sink.ts';

type Done = (error?: Error | null) => void;

/**
 * One stream to the guest as a Writable: a write is done when all of it was sent within the guest's credit.
 * `end()` sends the end frame. What a lost session took with it is not sent again.
 */
export class OutgoingStream extends Writable {
  readonly id: number;
  readonly #sink: FrameSink;
  readonly #window = new SendWindow();
  #pending: { bytes: Buffer; done: Done } | undefined;
  #ended = false;

  constructor(id: number, sink: FrameSink) {
    super({ decodeStrings: true });
    this.id = id;
    this.#sink = sink;
  }

  /** A session opened: only what its guest grants counts. */
  reopen(): void {
    this.#window.revoke();
    if (this.#ended) this.#sendEnd();
  }

  /** Takes the guest's credit, an absolute offset. */
  grant(limit: number): void {
    this.#window.grant(limit);
    this.pump();
  }

  /** Sends what may be sent now. Called again when the transport has drained. */
  pump(): void {
    while (this.#pending !== undefined && this.#sink.writable && this.#window.available > 0) {
      const { bytes, done } = this.#pending;
      const lengthBytes = Math.min(bytes.length, this.#window.available, maxStreamChunkBytes);
      const offset = this.#window.advance(lengthBytes);
      this.#sink.send(encodeData(this.id, offset, bytes.subarray(0, lengthBytes)));
      if (lengthBytes === bytes.length) {
        this.#pending = undefined;
        done();
      } else {
        this.#pending = { bytes: bytes.subarray(lengthBytes), done };
      }
    }
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

  override _destroy(error: Error | null, done: Done): void {
    this.#pending = undefined;
    done(error);
  }

  /** Dropped by the sink while no session is open; `reopen` sends it then. */
  #sendEnd(): void {
    this.#sink.send(encodeFrame('end', this.id, encodeOffset(this.#window.offset)));
  }
}
