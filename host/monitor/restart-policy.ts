import type { MachineExit, RestartPolicy } from '../machine/machine-record.ts';

const firstDelayMs = 100;
const maxDelayMs = 60_000;
/** A machine that ran this long has started well: its earlier failures no longer count. */
const goodRunMs = 10_000;

export type RestartDecision = { state: 'stay' } | { state: 'restart'; delayMs: number };

/**
 * Whether and when a machine that has ended boots again. One counter of failures in a row, which a good run
 * resets. A workload that could not even be started never restarts: its next try would end the same way.
 */
export class RestartCounter {
  readonly #policy: RestartPolicy;
  #inARow = 0;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** Decides after an end and counts it. `ranMs` is the time since the workload was ready, 0 without. */
  decide(exit: MachineExit, ranMs: number): RestartDecision {
    if (ranMs >= goodRunMs) this.#inARow = 0;
    if (!this.#isWanted(exit)) return { state: 'stay' };
    const delayMs = Math.min(firstDelayMs * 2 ** this.#inARow, maxDelayMs);
    this.#inARow += 1;
    return { state: 'restart', delayMs };
  }

  /** Somebody started the machine anew. */
  reset(): void {
    this.#inARow = 0;
  }

  #isWanted(exit: MachineExit): boolean {
    if (exit.reason === 'not-started' || exit.reason === 'killed') return false;
    switch (this.#policy.policy) {
      case 'no':
        return false;
      case 'on-failure':
        return exit.code !== 0 && this.#inARow < (this.#policy.maxRetries ?? Number.POSITIVE_INFINITY);
      case 'always':
        return true;
      default:
        return this.#policy satisfies never;
    }
  }
}
