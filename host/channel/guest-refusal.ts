import { FirstbornError } from '../../protocol/errors.ts';
import type { Response } from '../../protocol/messages.ts';

/** What the guest says of a request that it did not do: the closed code, and what is known beyond the words. */
export type ErrorReply = Extract<Response, { ok: false }>['error'];

/** The guest answered a request with an error reply; `reply` is that reply as data. */
export class GuestRefusal extends FirstbornError {
  readonly reply: ErrorReply;

  constructor(method: string, reply: ErrorReply) {
    super('guest', `Guest answered "${method}" with ${reply.code}: ${reply.message}`);
    this.reply = reply;
  }
}
