import { Event } from '../../protocol/messages.ts';
import { parseJsonWith } from '../../protocol/parse.ts';

/**
 * Takes events in order and exactly once: a guest repeats what it does not know to be acknowledged. Numbers
 * may be missing, because a guest without a host drops old events that carry no result.
 */
export class EventInbox {
  #lastSequence: number;
  #acknowledging = false;

  /** `acknowledged`: where an earlier process of this host had got to. */
  constructor(acknowledged = 0) {
    this.#lastSequence = acknowledged;
  }

  /** Sequence number of the last event that was taken. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** The event in a frame's payload, `undefined` for a repetition. Throws a FirstbornError for a bad one. */
  read(payload: Buffer): Event | undefined {
    const event = parseJsonWith(Event, payload.toString(), 'an event', 'channel');
    return event.sequence <= this.#lastSequence ? undefined : event;
  }

  /** The event has been dealt with: from now on its repetitions are dropped and it may be acknowledged. */
  taken({ sequence }: Event): void {
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
  }

  /**
   * Has `send` say how far this host is until it has said all, one at a time: an acknowledgement covers
   * everything up to its number, and the next one covers what came meanwhile. Rejects as `send` does; the
   * next event, or the next session's hello, then says it again.
   */
  async acknowledge(send: (sequence: number) => Promise<unknown>): Promise<void> {
    if (this.#acknowledging) return;
    this.#acknowledging = true;
    try {
      let sequence: number;
      do {
        sequence = this.#lastSequence;
        await send(sequence);
      } while (sequence < this.#lastSequence);
    } finally {
      this.#acknowledging = false;
    }
  }
}
