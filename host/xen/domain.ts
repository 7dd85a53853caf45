import { setTimeout as delay } from 'node:timers/promises';
import type { DetachedProcess, ProcessEnd } from '../machine/detached-process.ts';
import type { ProcessIdentity } from '../machine/machine-record.ts';
import type { VmProcess } from '../machine/vmm.ts';

/** How long a domain may take to be built and destroyed. Then xl itself is killed. */
const killMs = 30_000;
const retryIntervalMs = 200;

/** A domain, by the xl(1) that watches it: that ends when the domain has gone. */
export class Domain implements VmProcess {
  readonly identity: ProcessIdentity;
  readonly ended: Promise<ProcessEnd>;
  readonly #watcher: DetachedProcess;
  readonly #destroy: () => Promise<boolean>;
  readonly #over = new AbortController();

  /** `destroy` asks for the domain's end and says whether there was one; `tidyUp` comes between xl's end and this one's. */
  constructor(
    watcher: DetachedProcess,
    { destroy, tidyUp }: { destroy: () => Promise<boolean>; tidyUp: () => Promise<void> },
  ) {
    this.#watcher = watcher;
    this.#destroy = destroy;
    this.identity = watcher.identity;
    this.ended = watcher.ended.then(async (end) => {
      this.#over.abort();
      await tidyUp();
      return end;
    });
  }

  kill(): void {
    void this.#kill();
  }

  /** A domain that is being built can't be found yet, so this tries until it is, or xl has given up by itself. */
  async #kill(): Promise<void> {
    const { signal } = this.#over;
    const endMs = performance.now() + killMs;
    while (!signal.aborted && performance.now() < endMs) {
      if (await this.#destroy()) break;
      await delay(retryIntervalMs, undefined, { signal }).catch(() => {});
    }
    await delay(Math.max(0, endMs - performance.now()), undefined, { signal, ref: false }).catch(() => {});
    if (!signal.aborted) this.#watcher.kill();
  }
}
