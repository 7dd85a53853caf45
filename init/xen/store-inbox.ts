import type { Native } from '../../addon/native.ts';
import { guestError } from '../boot/phase.ts';
import { decodeReply, headerBytes, maxPayloadBytes, type StoreReply } from './wire.ts';

/** The messages that come on an open, non-blocking connection to xenstore, which stays the caller's. */
export class StoreInbox {
  readonly #native: Native;
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(headerBytes + maxPayloadBytes);
  #received: Buffer = Buffer.alloc(0);

  constructor(native: Native, fd: number) {
    this.#native = native;
    this.#fd = fd;
  }

  /** Reads once, and gives the messages that are whole by now. Throws when xenstore has closed or sends nonsense. */
  read(): StoreReply[] {
    const length = this.#native.readSome(this.#fd, this.#buffer);
    if (length === -1) return [];
    if (length === 0) throw guestError('Cannot read from xenstore: it closed the connection');
    this.#received = Buffer.concat([this.#received, this.#buffer.subarray(0, length)]);
    const replies: StoreReply[] = [];
    for (let decoded = decodeReply(this.#received); ; decoded = decodeReply(this.#received)) {
      if (decoded.state === 'incomplete') return replies;
      if (decoded.state === 'invalid') throw guestError('Cannot read from xenstore: it sent no message');
      this.#received = decoded.rest;
      replies.push(decoded.reply);
    }
  }
}
