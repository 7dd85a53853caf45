import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import type { ConnectOptions } from '../channel/unix-transport.ts';
import { consoleStatus, ConsoleTransport } from './console-transport.ts';

/** hvc1 in the guest. */
const channelIndex = 1;
const retryIntervalMs = 200;
/** How long a domain may live on whose guest has closed the channel for good. */
const goneMs = 60_000;

/** The second console of one domain, which is the channel, over all of its backends. */
export class ChannelConsole {
  readonly #consolePath: string;
  readonly #domainName: string;
  #last: ConsoleTransport | undefined;

  constructor(consolePath: string, domainName: string) {
    this.#consolePath = consolePath;
    this.#domainName = domainName;
  }

  /**
   * Starts a backend, which goes on where an earlier one has stopped, and resolves when the guest can find it. Throws a
   * FirstbornError: of code `vm` when there can be none, of code `channel` when the guest does not want one any more;
   * and the signal's reason when aborted.
   */
  async open(domain: number, { deadlineMs, signal }: ConnectOptions): Promise<ConsoleTransport> {
    await this.#expectGuest(signal);
    const endMs = performance.now() + deadlineMs;
    for (;;) {
      signal.throwIfAborted();
      const transport = await ConsoleTransport.start(this.#consolePath, { domain, index: channelIndex });
      this.#last = transport;
      const timer = setTimeout(() => transport.destroy(), endMs - performance.now());
      const outcome = await transport.started;
      clearTimeout(timer);
      if (outcome === 'ready' && !transport.destroyed) return transport;
      const { words } = await transport.ended;
      transport.destroy();
      await this.#expectGuest(signal);
      if (performance.now() >= endMs) {
        throw new FirstbornError('vm', `Cannot serve the channel of domain "${this.#domainName}": ${words}`);
      }
      await delay(retryIntervalMs, undefined, { signal });
    }
  }

  /** A guest that has closed its console is about to end, and the domain with it: that is waited for. */
  async #expectGuest(signal: AbortSignal): Promise<void> {
    const end = await this.#last?.ended;
    if (end?.code === consoleStatus.brokenRing) {
      throw new FirstbornError('channel', `Guest of domain "${this.#domainName}" has broken its channel`);
    }
    if (end?.code !== consoleStatus.guestGone) return;
    await delay(goneMs, undefined, { signal });
    throw new FirstbornError(
      'channel',
      `Guest of domain "${this.#domainName}" has closed its channel and does not end`,
    );
  }
}
