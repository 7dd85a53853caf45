import { streamWindowBytes } from './limits.ts';

/**
 * Credit windows. Offsets count the bytes of one stream from its start and never go back, so a credit that
 * arrives twice or late does no harm, and a gap or an overlap after a resume shows as a number.
 */

/** The sending end: knows how far the peer allows it to go. */
export class SendWindow {
  #sent = 0;
  #limit = 0;

  get offset(): number {
    return this.#sent;
  }

  /** Bytes that may be sent now. */
  get available(): number {
    return Math.max(0, this.#limit - this.#sent);
  }

  /** Takes the peer's credit: an absolute offset. Smaller ones than before are old news. */
  grant(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /** Counts bytes as sent and returns the offset of the first of them. */
  advance(lengthBytes: number): number {
    const offset = this.#sent;
    this.#sent += lengthBytes;
    return offset;
  }

  /** A new session begins: only what its host grants counts. Sending goes on at `offset`, which may lie back. */
  revoke(offset: number = this.#sent): void {
    this.#sent = offset;
    this.#limit = offset;
  }

  /** Goes on at a later offset: the bytes before it are no longer there to be sent. */
  skipTo(offset: number): void {
    this.#sent = Math.max(this.#sent, offset);
  }
}

/** What a receiver makes of a data frame. */
export type Received =
  | { state: 'accepted'; bytes: Buffer }
  /** Bytes between what was seen and what came are lost; `bytes` is what came, possibly nothing. */
  | { state: 'gap'; missingBytes: number; bytes: Buffer }
  /** All of it had been seen before. */
  | { state: 'duplicate' }
  /** The peer sent more than it was allowed. */
  | { state: 'overrun' };

/** The receiving end: checks offsets and says when to grant more. */
export class ReceiveWindow {
  #received = 0;
  #consumed = 0;
  #granted = 0;
  readonly #windowBytes: number;

  constructor(windowBytes: number = streamWindowBytes) {
    this.#windowBytes = windowBytes;
  }

  get offset(): number {
    return this.#received;
  }

  /**
   * Takes a data frame. One without bytes needs no credit: with it a sender that has lost what the peer waits
   * for says where it goes on.
   */
  receive(offset: number, bytes: Buffer): Received {
    const end = offset + bytes.length;
    if (bytes.length > 0 && end > this.#granted) return { state: 'overrun' };
    if (end <= this.#received) return { state: 'duplicate' };
    const missingBytes = offset - this.#received;
    const fresh = missingBytes < 0 ? bytes.subarray(-missingBytes) : bytes;
    this.#received = end;
    if (missingBytes <= 0) return { state: 'accepted', bytes: fresh };
    this.#consumed += missingBytes;
    return { state: 'gap', missingBytes, bytes: fresh };
  }

  /** Counts bytes as taken by the consumer. */
  consume(lengthBytes: number): void {
    this.#consumed += lengthBytes;
  }

  /**
   * The credit to send now, or `undefined` while the last one still serves. Waits for half a window so that
   * credits are few.
   */
  nextCredit(): number | undefined {
    const limit = this.#consumed + this.#windowBytes;
    if (limit - this.#granted < this.#windowBytes / 2) return undefined;
    this.#granted = limit;
    return limit;
  }

  /** A new session begins: the next `nextCredit` tells the peer where it stands. */
  reopen(): void {
    this.#granted = 0;
  }
}
