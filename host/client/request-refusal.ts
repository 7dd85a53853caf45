import { FirstbornError } from '../../protocol/errors.ts';
import type { MonitorResponse } from '../monitor/api.ts';

type RefusedResponse = Extract<MonitorResponse, { ok: false }>;
export type GuestReply = NonNullable<RefusedResponse['error']['reply']>;

/** A request that the monitor, or the guest behind it, refused. `reply` is there when it was the guest. */
export class RequestRefusal extends FirstbornError {
  readonly reply: GuestReply | undefined;

  constructor({ code, message, reply }: RefusedResponse['error']) {
    // The guest's own words say what is wrong; the monitor's only add which request it was.
    super(code, reply?.message ?? message);
    this.reply = reply;
  }
}
