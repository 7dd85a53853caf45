import { clockIntervalMs, clockToleranceMs } from '../../protocol/limits.ts';
import type { ClockReading } from '../../protocol/messages.ts';

/** How far the guest's clock is behind the host's (negative: ahead), and how wrong that may be. */
export interface ClockEstimate {
  offsetMs: number;
  uncertaintyMs: number;
}

/**
 * The guest read `guestMs` at some moment between `askedMs` and `answeredMs` of the host's clock (all in
 * milliseconds since 1970): the middle is the best guess, half the way the most it can be wrong by (RFC 5905
 * calls it the half of the round-trip delay).
 */
export function estimateClock(askedMs: number, answeredMs: number, guestMs: number): ClockEstimate {
  return {
    offsetMs: (askedMs + answeredMs) / 2 - guestMs,
    uncertaintyMs: (answeredMs - askedMs) / 2,
  };
}

/** The step that a clock needs; `undefined` when it is right, or when it is not certain that it is wrong. */
export function neededStepMs({ offsetMs, uncertaintyMs }: ClockEstimate): number | undefined {
  return Math.abs(offsetMs) > clockToleranceMs + uncertaintyMs ? offsetMs : undefined;
}

export interface ClockKeeperHandlers {
  /** False while an answer would come late or never, and so say nothing. */
  mayAsk(): boolean;
  /** Reads the guest's clock, stepping it before when told to. */
  ask(stepMs?: number): Promise<ClockReading>;
  /** It did not work; the next comparison tries again. */
  failed(error: unknown): void;
}

/** Compares the guest's clock with the host's, at once and then at every interval, and steps it when it is off. */
export class ClockKeeper {
  readonly #handlers: ClockKeeperHandlers;
  readonly #timer: NodeJS.Timeout;
  #checking = false;
  #stopped = false;

  constructor(handlers: ClockKeeperHandlers) {
    this.#handlers = handlers;
    this.#timer = setInterval(() => this.check(), clockIntervalMs);
    this.check();
  }

  /** Compares now, unless a comparison is under way or would be useless. */
  check(): void {
    if (this.#checking || this.#stopped || !this.#handlers.mayAsk()) return;
    this.#checking = true;
    this.#compare()
      .catch((error: unknown) => {
        if (!this.#stopped) this.#handlers.failed(error);
      })
      .finally(() => {
        this.#checking = false;
      });
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #compare(): Promise<void> {
    const askedMs = Date.now();
    const start = performance.now();
    const { unixMs } = await this.#handlers.ask();
    // The way is measured on the clock that nobody steps.
    const answeredMs = askedMs + (performance.now() - start);
    const stepMs = neededStepMs(estimateClock(askedMs, answeredMs, unixMs));
    if (stepMs !== undefined && !this.#stopped) await this.#handlers.ask(stepMs);
  }
}
