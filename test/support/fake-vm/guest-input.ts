import { encodeFrame, encodeOffset } from '../../../protocol/frame.ts';
import { streamWindowBytes } from '../../../protocol/limits.ts';
import type { GuestSink } from './guest-output.ts';

/** A stream from the host; read it with `for await`. */
export class GuestInput {
  readonly id: number;
  readonly #sink: GuestSink;
  #receivedOffset = 0;
  #takenOffset = 0;
  #isEnded = false;
  #pieces: Buffer[] = [];
  #wake: () => void = () => {};

  constructor(id: number, sink: GuestSink) {
    this.id = id;
    this.#sink = sink;
    this.reopen();
  }

  get receivedOffset(): number {
    return this.#receivedOffset;
  }

  reopen(): void {
    this.#sink.send(encodeFrame('credit', this.id, encodeOffset(this.#takenOffset + streamWindowBytes)));
  }

  receive(offset: number, bytes: Buffer): void {
    const fresh = bytes.subarray(this.#receivedOffset - offset);
    if (offset > this.#receivedOffset || fresh.length === 0) return;
    this.#receivedOffset += fresh.length;
    this.#pieces.push(fresh);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        yield piece;
        this.#takenOffset += piece.length;
        this.reopen();
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
