import { describeError } from '../../protocol/errors.ts';
import type { Metrics } from '../../protocol/messages.ts';
import type { Machine } from '../machine/machine.ts';
import type { ClientConnection, StreamHandler } from './client-connection.ts';

/** A sample that comes a little early still is the one that a watcher waits for. */
const earlyShare = 0.1;

class Watcher implements StreamHandler {
  readonly intervalMs: number;
  readonly #connection: ClientConnection;
  readonly #left: (watcher: Watcher) => void;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(connection: ClientConnection, intervalMs: number, left: (watcher: Watcher) => void) {
    this.#connection = connection;
    this.intervalMs = intervalMs;
    this.#left = left;
  }

  /** Passes a sample on when it is time; a client that has not taken the last one misses this one. */
  sample(metrics: Metrics, nowMs: number): void {
    const isDue = nowMs - this.#lastMs >= this.intervalMs * (1 - earlyShare);
    if (!isDue || this.#connection.queuedBytes > 0) return;
    this.#lastMs = nowMs;
    this.#connection.sendSample(metrics);
  }

  finish(): void {
    this.#connection.sendEvent({ event: 'ended' });
    this.#connection.finish();
  }

  data(): boolean {
    return true;
  }
  end(): void {}
  drained(): void {}
  gone(): void {
    this.#left(this);
  }
}

/** One subscription at the guest for all clients that watch its metrics, at the shortest interval among them. */
export class MetricsHub {
  readonly #watchers = new Set<Watcher>();
  readonly #warn: (message: string) => void;
  #machine: Machine | undefined;
  #askedMs: number | null = null;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Begins to send samples of a machine's guest; the request has been answered. */
  watch(connection: ClientConnection, machine: Machine, intervalMs: number): void {
    const watcher = new Watcher(connection, intervalMs, (left) => {
      this.#watchers.delete(left);
      this.#review();
    });
    this.#follow(machine);
    this.#watchers.add(watcher);
    connection.startStream(watcher);
    this.#review();
  }

  #follow(machine: Machine): void {
    if (this.#machine === machine) return;
    this.#machine = machine;
    this.#askedMs = null;
    machine.on('sample', (metrics) => {
      const nowMs = performance.now();
      for (const watcher of this.#watchers) watcher.sample(metrics, nowMs);
    });
    machine.over.addEventListener('abort', () => this.#ended(machine), { once: true });
  }

  /** Counters begin anew with the next boot, so a watch ends with this one. */
  #ended(machine: Machine): void {
    if (this.#machine !== machine) return;
    this.#machine = undefined;
    for (const watcher of this.#watchers) watcher.finish();
  }

  #review(): void {
    const intervals = [...this.#watchers].map(({ intervalMs }) => intervalMs);
    const wantedMs = intervals.length === 0 ? null : Math.min(...intervals);
    if (wantedMs === this.#askedMs || this.#machine === undefined) return;
    this.#askedMs = wantedMs;
    this.#machine.channel
      .watchMetrics(wantedMs)
      .catch((error: unknown) => this.#warn(`Cannot watch the metrics: ${describeError(error)}`));
  }
}
