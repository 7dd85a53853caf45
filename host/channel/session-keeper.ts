import { randomBytes } from 'node:crypto';
import { describeError, FirstbornError } from '../../protocol/errors.ts';
import { heartbeatIntervalMs, maxEntropyBytes } from '../../protocol/limits.ts';
import { ClockKeeper } from './clock-keeper.ts';
import { Heartbeat } from './heartbeat.ts';
import type { AskGuest } from './request-book.ts';
import type { GuestFeature } from './request-methods.ts';

export interface SessionKeeperHandlers {
  /** The guest has not answered for several heartbeats on an open transport. Once, until `heard`. */
  silent(): void;
  /** After `silent`: it answers again. */
  heard(): void;
  /** Something of the upkeep did not work; the session goes on. */
  ignored(problem: FirstbornError): void;
}

export interface KeptSession {
  ask: AskGuest;
  hasFeature(feature: GuestFeature): boolean;
  /** Something waits for the transport already. */
  hasBacklog(): boolean;
}

/**
 * What a host does for a guest of its own accord while a session is open: says that it is there, gives it
 * entropy at once, keeps its clock right. Nothing of it can end the session.
 */
export class SessionKeeper {
  readonly #session: KeptSession;
  readonly #handlers: SessionKeeperHandlers;
  readonly #heartbeat: Heartbeat;
  readonly #clock: ClockKeeper | undefined;
  #stopped = false;

  constructor(session: KeptSession, handlers: SessionKeeperHandlers) {
    this.#session = session;
    this.#handlers = handlers;
    this.#heartbeat = new Heartbeat({
      ping: () => this.#ping(),
      silent: () => handlers.silent(),
      heard: () => {
        handlers.heard();
        // A guest that was stopped has lost time.
        this.#clock?.check();
      },
    });
    if (session.hasFeature('entropy')) void this.#giveEntropy();
    if (session.hasFeature('clock')) this.#clock = this.#keepClock();
  }

  /** A frame was sent. */
  sent(): void {
    this.#heartbeat.sent();
  }

  /** A frame was received. */
  received(): void {
    this.#heartbeat.received();
  }

  /** Ends the upkeep; nothing is left behind. */
  stop(): void {
    this.#stopped = true;
    this.#heartbeat.stop();
    this.#clock?.stop();
  }

  #ping(): void {
    // A stopped machine takes nothing: pings must not heap up before it.
    if (this.#stopped || this.#session.hasBacklog()) return;
    // Whether it is answered is the heartbeat's to see.
    this.#session.ask('ping', undefined, { deadlineMs: heartbeatIntervalMs }).catch(() => {});
  }

  async #giveEntropy(): Promise<void> {
    try {
      await this.#session.ask('entropy', { bytes: randomBytes(maxEntropyBytes).toString('base64') });
    } catch (error) {
      this.#warn('Cannot give the guest entropy', error);
    }
  }

  #keepClock(): ClockKeeper {
    return new ClockKeeper({
      mayAsk: () => !this.#heartbeat.isSilent,
      ask: async (stepMs) => await this.#session.ask('clock', stepMs === undefined ? {} : { stepMs }),
      failed: (error) => this.#warn("Cannot keep the guest's clock", error),
    });
  }

  #warn(what: string, cause: unknown): void {
    if (!this.#stopped)
      this.#handlers.ignored(new FirstbornError('channel', `${what}: ${describeError(cause)}`));
  }
}
