import { encodeControl } from '../../../protocol/frame.ts';
import type { EventBody } from '../../../protocol/messages.ts';
import type { GuestSink } from './guest-output.ts';

/** The guest's events, kept until they are acknowledged. */
export class GuestEvents {
  readonly #sink: GuestSink;
  #kept: { sequence: number }[] = [];
  #sequence = 0;
  #idle: (() => void)[] = [];

  constructor(sink: GuestSink) {
    this.#sink = sink;
  }

  tell(body: EventBody): void {
    this.#sequence += 1;
    const event = { sequence: this.#sequence, timeMs: performance.now(), ...body };
    this.#kept.push(event);
    this.#sink.send(encodeControl('event', event));
  }

  acknowledge(sequence: number): void {
    this.#kept = this.#kept.filter((event) => event.sequence > sequence);
    if (this.#kept.length === 0) for (const done of this.#idle.splice(0)) done();
  }

  repeat(): void {
    for (const event of this.#kept) this.#sink.send(encodeControl('event', event));
  }

  /** Resolves when the host has everything. */
  acknowledged(): Promise<void> {
    if (this.#kept.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }
}
