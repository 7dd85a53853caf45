import { Event } from '../../protocol/messages.ts';
import { parseJsonWith } from '../../protocol/parse.ts';

/**
 * Takes events in order and exactly once: a guest repeats what it does not know to be acknowledged. Numbers
 * may be missing, because a guest without a host drops old events that carry no result.
 */
export class EventInbox {
  #lastSequence = 0;

  /** Sequence number of the last event taken. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** The event in a frame's payload, `undefined` for a repetition. Throws a FirstbornError for a bad one. */
  take(payload: Buffer): Event | undefined {
    const event = parseJsonWith(Event, payload.toString(), 'an event', 'channel');
    if (event.sequence <= this.#lastSequence) return undefined;
    this.#lastSequence = event.sequence;
    return event;
  }
}
