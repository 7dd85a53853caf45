import { heartbeatIntervalMs } from '../../protocol/limits.ts';

export interface HeartbeatHandlers {
  /** Sends a ping; its answer, as anything else, is told by `received`. */
  ping(): void;
  /** The guest has said nothing for long, although it was asked. Once, until it is heard. */
  silent(): void;
  /** After `silent`: it speaks again. */
  heard(): void;
}

/** Intervals without a word after the first ping of a row. */
const maxSilentIntervals = 3;

/**
 * Says that the host is there, and notices a guest that isn't. A console signals no disconnect: there a host
 * is heard or it is gone. Time is counted in intervals, so a host that slept does not blame its guest.
 */
export class Heartbeat {
  readonly #handlers: HeartbeatHandlers;
  readonly #timer: NodeJS.Timeout;
  #hasSent = false;
  #hasReceived = false;
  /** Intervals since the first ping without a word; `undefined` while nothing is asked. */
  #waitedIntervals: number | undefined;
  #isSilent = false;

  constructor(handlers: HeartbeatHandlers, intervalMs: number = heartbeatIntervalMs) {
    this.#handlers = handlers;
    this.#timer = setInterval(() => this.#tick(), intervalMs);
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Something was sent: as good as a ping for the guest. */
  sent(): void {
    this.#hasSent = true;
  }

  /** Something was received, whatever it was. */
  received(): void {
    this.#hasReceived = true;
    this.#waitedIntervals = undefined;
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#handlers.heard();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    if (this.#waitedIntervals !== undefined) this.#waitedIntervals += 1;
    if (this.#waitedIntervals === maxSilentIntervals) {
      this.#isSilent = true;
      this.#handlers.silent();
    }
    if (!this.#hasSent || !this.#hasReceived) {
      this.#waitedIntervals ??= 0;
      this.#handlers.ping();
    }
    this.#hasSent = false;
    this.#hasReceived = false;
  }
}
