import { streamWindowBytes } from '../../../protocol/limits.ts';
import { encodeData, encodeFrame, encodeOffset } from '../../../protocol/frame.ts';
import { firstDynamicStream } from '../../../protocol/names.ts';

/** Where the fake guest's streams put their frames. */
export interface GuestSink {
  /** The host is away: output is overwritten instead of waiting. */
  readonly isAway: boolean;
  send(frame: Buffer): void;
}

const chunkBytes = 16 * 1024;

/** A stream to the host as the guest keeps it: the last window, sent again from where the host says it is. */
export class GuestOutput {
  readonly id: number;
  readonly #sink: GuestSink;
  #ring = Buffer.alloc(0);
  #startOffset = 0;
  #sentOffset = 0;
  #limit = 0;
  #isEnded = false;
  /** The host of this session does not know of the stream. */
  #isUnclaimed = false;
  #waiting: { bytes: Buffer; done: () => void }[] = [];
  #idle: (() => void)[] = [];

  constructor(id: number, sink: GuestSink) {
    this.id = id;
    this.#sink = sink;
  }

  get #endOffset(): number {
    return this.#startOffset + this.#ring.length;
  }

  /** The host has all of it and knows that. */
  get isTaken(): boolean {
    return this.#isEnded && this.#limit - streamWindowBytes >= this.#endOffset;
  }

  /** Resolves when the bytes are in the ring. */
  write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ bytes, done: resolve });
      this.pump();
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#sendEnd();
  }

  /** Resolves when everything written has been sent, to a host that comes back if need be. */
  sent(): Promise<void> {
    if (this.#isAllSent || this.#isUnclaimed) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** A session opened: goes on where the host is, as far as that is still here. */
  reopen(takenOffset: number | undefined): void {
    this.#limit = 0;
    this.#isUnclaimed = takenOffset === undefined && this.id >= firstDynamicStream;
    this.#sentOffset = Math.min(Math.max(takenOffset ?? 0, this.#startOffset), this.#endOffset);
    this.pump();
  }

  /** Nobody is waited for. */
  get #isFree(): boolean {
    return this.#sink.isAway || this.#isUnclaimed;
  }

  credit(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
    this.#isUnclaimed = false;
    // The host does not know how much it has missed.
    if (this.#limit < this.#sentOffset) {
      this.#sink.send(encodeData(this.id, this.#sentOffset, Buffer.alloc(0)));
    }
    this.pump();
    this.#sendEnd();
  }

  pump(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const roomBytes = this.#isFree ? first.bytes.length : Math.max(0, this.#limit - this.#endOffset);
      if (roomBytes === 0) break;
      this.#append(first.bytes.subarray(0, roomBytes));
      first.bytes = first.bytes.subarray(roomBytes);
      if (first.bytes.length > 0) continue;
      this.#waiting.shift();
      first.done();
    }
    this.#send();
    if (this.#isAllSent || this.#isUnclaimed) for (const done of this.#idle.splice(0)) done();
  }

  get #isAllSent(): boolean {
    return this.#waiting.length === 0 && this.#sentOffset === this.#endOffset;
  }

  #append(bytes: Buffer): void {
    const all = Buffer.concat([this.#ring, bytes]);
    const surplusBytes = Math.max(0, all.length - streamWindowBytes);
    this.#ring = all.subarray(surplusBytes);
    this.#startOffset += surplusBytes;
    this.#sentOffset = Math.max(this.#sentOffset, this.#startOffset);
  }

  #send(): void {
    while (this.#sentOffset < Math.min(this.#endOffset, this.#limit)) {
      const start = this.#sentOffset - this.#startOffset;
      const lengthBytes = Math.min(chunkBytes, this.#limit - this.#sentOffset, this.#ring.length - start);
      const bytes = this.#ring.subarray(start, start + lengthBytes);
      this.#sink.send(encodeData(this.id, this.#sentOffset, bytes));
      this.#sentOffset += bytes.length;
    }
  }

  #sendEnd(): void {
    if (this.#isEnded && this.#isAllSent) {
      this.#sink.send(encodeFrame('end', this.id, encodeOffset(this.#endOffset)));
    }
  }
}
