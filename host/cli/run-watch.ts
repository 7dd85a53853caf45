import { describeError } from '../../protocol/errors.ts';
import type { ReadyEvent } from '../../protocol/messages.ts';
import type { Machine, RecordedEvent } from '../client/index.ts';
import type { StoppableMachine, StopParameters } from './interruption.ts';

/** A machine as an interruption sees it: what it is doing is read from its events. */
export class WatchedMachine implements StoppableMachine {
  /** Of its last boot. */
  ready: ReadyEvent | undefined;
  /** Called whenever the workload has begun to run. */
  onReady: () => void = () => {};
  readonly #machine: Machine;
  readonly #warn: (message: string) => void;
  readonly #over = new AbortController();
  #isReady = false;
  #isEnding = false;

  constructor(machine: Machine, warn: (message: string) => void) {
    this.#machine = machine;
    this.#warn = warn;
  }

  get isReady(): boolean {
    return this.#isReady;
  }
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Follows the events until the machine has ended or `close`. Never rejects. */
  async follow(): Promise<void> {
    const { signal } = this.#over;
    try {
      for await (const { event } of this.#machine.events({ follow: true, signal })) this.#take(event);
    } catch (error) {
      if (!signal.aborted) this.#warn(`Cannot follow the machine's events: ${describeError(error)}`);
    }
  }

  /** Something of the workload has been seen. It may come sooner than the event. */
  sawOutput(): void {
    this.#isReady = true;
  }

  async stop(parameters: StopParameters): Promise<void> {
    try {
      await this.#machine.stop(parameters);
    } catch (error) {
      // Whoever has ended meanwhile needs no stop.
      const info = await this.#machine.info().catch(() => undefined);
      if (info !== undefined && info.state !== 'exited') throw error;
    }
  }

  kill(): void {
    this.#machine.destroy().catch((error: unknown) => {
      if (!this.#isEnding) this.#warn(`Cannot end the machine: ${describeError(error)}`);
    });
  }

  close(): void {
    this.#over.abort();
  }

  #take(event: RecordedEvent['event']): void {
    if (event.event === 'start' || event.event === 'restart') {
      this.#isReady = false;
      this.#isEnding = false;
    } else if (event.event === 'ready') {
      this.ready = event;
      this.#isReady = true;
      this.onReady();
    } else if (event.event === 'exit' || event.event === 'fault' || event.event === 'end') {
      this.#isEnding = true;
    }
  }
}
