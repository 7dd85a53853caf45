import { maxRetainedEvents } from '../../protocol/limits.ts';
import type { Event, EventBody } from '../../protocol/messages.ts';
import { sinceKernelStartMs } from '../boot/clock.ts';

/** Events that may never be dropped: they are the answer to "what became of it". */
const isKeeper = (event: Event): boolean => event.event === 'exit' || event.event === 'fault';
/** The same answer for one exec of many: dropped when there is nothing less to drop. */
const isExecExit = (event: Event): boolean => event.event === 'exec-exit';

/** Numbers events and keeps them until the host has acknowledged them. */
export class EventLog {
  #events: Event[] = [];
  #lastSequence = 0;
  #acknowledged = 0;
  #waiting: { sequence: number; resolve: () => void }[] = [];

  append(body: EventBody): Event {
    this.#lastSequence += 1;
    const event = { ...body, sequence: this.#lastSequence, timeMs: sinceKernelStartMs() } as Event;
    this.#events.push(event);
    if (this.#events.length > maxRetainedEvents) this.#dropOne();
    return event;
  }

  /** Events that a host has not acknowledged, oldest first. */
  pending(): readonly Event[] {
    return this.#events;
  }

  acknowledge(sequence: number): void {
    // A host cannot have seen what was never sent.
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(sequence, this.#lastSequence));
    this.#events = this.#events.filter((event) => event.sequence > this.#acknowledged);
    const settled = this.#waiting.filter((one) => one.sequence <= this.#acknowledged);
    this.#waiting = this.#waiting.filter((one) => one.sequence > this.#acknowledged);
    for (const one of settled) one.resolve();
  }

  /** Resolves once everything appended so far has been acknowledged. */
  allAcknowledged(): Promise<void> {
    const sequence = this.#lastSequence;
    if (sequence <= this.#acknowledged) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ sequence, resolve });
    });
  }

  #dropOne(): void {
    let index = this.#events.findIndex((event) => !isKeeper(event) && !isExecExit(event));
    if (index === -1) index = this.#events.findIndex(isExecExit);
    if (index !== -1) this.#events.splice(index, 1);
  }
}
