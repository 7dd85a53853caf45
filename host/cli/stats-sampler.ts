import { setTimeout as delay } from 'node:timers/promises';
import type { Machine, Metrics } from '../client/index.ts';
import { type StatsFigures, statsFigures } from './stats-figures.ts';

/** The samples of one machine, for as long as it runs. */
export class StatsSampler {
  readonly #machine: Machine;
  #latest: Metrics | undefined;
  #figures: StatsFigures | undefined;
  #isRunning = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** From the last sample; `undefined` while there is none, because the machine does not run. */
  get figures(): StatsFigures | undefined {
    return this.#figures;
  }

  /** Samples are taken. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Takes samples until the machine ends or can't be asked, or the signal aborts. Never rejects. */
  async run(intervalMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      this.#take(await this.#machine.metrics({ signal }));
      const samples = this.#machine.watchMetrics({ intervalMs, signal });
      for await (const metrics of samples) this.#take(metrics);
    } catch {
      // Whatever it is, there are no figures; a machine that still runs is tried again.
    } finally {
      this.#isRunning = false;
      this.#latest = undefined;
      this.#figures = undefined;
    }
  }

  /** Takes two samples an interval apart. Never rejects but when the signal aborts. */
  async takeTwo(intervalMs: number, signal: AbortSignal): Promise<void> {
    try {
      this.#take(await this.#machine.metrics({ signal }));
      await delay(intervalMs, undefined, { signal });
      this.#take(await this.#machine.metrics({ signal }));
    } catch {
      signal.throwIfAborted();
      this.#figures = undefined;
    }
  }

  #take(metrics: Metrics): void {
    this.#figures = statsFigures(metrics, this.#latest);
    this.#latest = metrics;
  }
}
