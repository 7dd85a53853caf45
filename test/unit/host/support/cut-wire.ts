import { Duplex } from 'node:stream';

/**
 * A transport whose bytes move only when a test moves them, as many as it likes, and that can be cut in the
 * middle of a frame: what was on its way is lost then, in both directions.
 */
export class CutWire extends Duplex {
  /** What the host has written and the guest has not got yet. */
  #toGuest: Buffer = Buffer.alloc(0);
  /** What the guest has written and the host has not got yet. */
  #toHost: Buffer = Buffer.alloc(0);

  get waitingBytes(): number {
    return this.#toGuest.length + this.#toHost.length;
  }

  /** Takes the next bytes for the guest off the wire. */
  takeForGuest(maxBytes: number): Buffer {
    const bytes = this.#toGuest.subarray(0, maxBytes);
    this.#toGuest = this.#toGuest.subarray(bytes.length);
    return bytes;
  }

  /** The guest has written something. */
  writeForHost(bytes: Buffer): void {
    this.#toHost = Buffer.concat([this.#toHost, bytes]);
  }

  /** Lets the host have the next bytes. */
  moveToHost(maxBytes: number): void {
    const bytes = this.#toHost.subarray(0, maxBytes);
    this.#toHost = this.#toHost.subarray(bytes.length);
    if (bytes.length > 0) this.push(Buffer.from(bytes));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#toGuest = Buffer.concat([this.#toGuest, chunk]);
    done();
  }
}
