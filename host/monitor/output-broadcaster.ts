import { ReplayRing } from './replay-ring.ts';

export const outputNames = ['output', 'error'] as const;
export type OutputName = (typeof outputNames)[number];

/** Who gets the workload's output. */
export interface OutputSubscriber {
  /** The workload waits while this is true. */
  readonly isHolding: boolean;
  output(name: OutputName, bytes: Buffer): void;
  gap(name: OutputName, missingBytes: number): void;
  /** Nothing more will come. */
  ended(): void;
}

const replayBytes = 128 * 1024;

/**
 * Hands the workload's output to all who listen, over all boots of the machine, and remembers the last of it.
 */
export class OutputBroadcaster {
  readonly #rings = { output: new ReplayRing(replayBytes), error: new ReplayRing(replayBytes) };
  readonly #subscribers = new Set<OutputSubscriber>();
  /** Told when a subscriber that the workload waits for begins or ceases to hold it back. */
  onHold: (isHeld: boolean) => void = () => {};
  #order = 0;
  #isHeld = false;

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Begins to tell a subscriber, from the last remembered bytes on or from now on. */
  subscribe(subscriber: OutputSubscriber, replay: boolean): void {
    if (replay) {
      const pieces = outputNames.flatMap((name) =>
        this.#rings[name].contents().map((piece) => ({ name, ...piece })),
      );
      pieces.sort((one, other) => one.order - other.order);
      for (const { name, bytes } of pieces) subscriber.output(name, bytes);
    }
    this.#subscribers.add(subscriber);
    this.review();
  }

  unsubscribe(subscriber: OutputSubscriber): void {
    this.#subscribers.delete(subscriber);
    this.review();
  }

  push(name: OutputName, bytes: Buffer): void {
    this.#order += 1;
    this.#rings[name].push(this.#order, bytes);
    for (const subscriber of this.#subscribers) subscriber.output(name, bytes);
    this.review();
  }

  gap(name: OutputName, missingBytes: number): void {
    for (const subscriber of this.#subscribers) subscriber.gap(name, missingBytes);
  }

  /** The machine has ended for good. */
  end(): void {
    for (const subscriber of this.#subscribers) subscriber.ended();
  }

  /** A subscriber's `isHolding` may have changed. */
  review(): void {
    const isHeld = [...this.#subscribers].some((subscriber) => subscriber.isHolding);
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.onHold(isHeld);
  }
}
