import type { Event, EventBody } from '../../protocol/messages.ts';
import { EventLog } from './event-log.ts';

/**
 * How long a new session may put off the news of an end for output that comes before it and is sent again. A host
 * that takes no output still has to learn of the end.
 */
const longestHoldMs = 2_000;

const endsOutput = (event: Event): boolean => event.event === 'exit' || event.event === 'exec-exit';

export interface EventOutlet {
  send(event: Event): void;
  /** Whether output of something that has ended is yet to be sent in this session. */
  outputWaits(): boolean;
}

/** Sends events to the host in order, in each session those that nobody has acknowledged. */
export class EventDelivery {
  readonly #outlet: EventOutlet;
  readonly #log = new EventLog();
  #inSession = false;
  /** The last event that was sent in this session. */
  #sentSequence = 0;
  #hold: NodeJS.Timeout | undefined;
  #holdIsOver = false;

  constructor(outlet: EventOutlet) {
    this.#outlet = outlet;
  }

  /** Tells the host, now or in its next session, until it acknowledges. */
  announce(body: EventBody): void {
    this.#log.append(body);
    this.deliver();
  }

  /** Sends nothing until the next session has begun. */
  pause(): void {
    this.#inSession = false;
  }

  /** A host session begins; `acknowledged` is the last event of which its host knows. */
  beginSession(acknowledged: number): void {
    this.#log.acknowledge(acknowledged);
    this.#inSession = true;
    this.#sentSequence = 0;
    clearTimeout(this.#hold);
    this.#hold = undefined;
    this.#holdIsOver = false;
    this.deliver();
  }

  /** Sends what has not been sent in this session. An end waits for the output that comes before it. */
  deliver(): void {
    if (!this.#inSession) return;
    const unsent = this.#log.pending().filter((event) => event.sequence > this.#sentSequence);
    for (const event of unsent) {
      if (endsOutput(event) && !this.#holdIsOver && this.#outlet.outputWaits()) {
        this.#hold ??= setTimeout(() => this.#endHold(), longestHoldMs).unref();
        return;
      }
      this.#sentSequence = event.sequence;
      this.#outlet.send(event);
    }
  }

  acknowledge(sequence: number): void {
    this.#log.acknowledge(sequence);
  }

  /** Resolves once everything announced so far has been acknowledged. */
  allAcknowledged(): Promise<void> {
    return this.#log.allAcknowledged();
  }

  #endHold(): void {
    this.#holdIsOver = true;
    this.deliver();
  }
}
