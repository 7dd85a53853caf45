import type { Firstborn, MachineInfo } from '../client/index.ts';
import type { StatsEntry } from './stats-rows.ts';
import { StatsSampler } from './stats-sampler.ts';

interface Place {
  id: string;
  name: string;
  sampler: StatsSampler;
}

/** States in which the guest can be asked. */
function hasGuest({ state }: MachineInfo): boolean {
  return state === 'running' || state === 'stopping';
}

/**
 * The machines that `firstborn stats` shows: those that were named, running or not, or all that run, which come and go.
 */
export class StatsBoard {
  readonly #firstborn: Firstborn;
  readonly #named: ReadonlySet<string> | undefined;
  readonly #places = new Map<string, Place>();

  /** `ids` of the machines that were named; `undefined` for all that run. */
  constructor(firstborn: Firstborn, ids: readonly string[] | undefined) {
    this.#firstborn = firstborn;
    this.#named = ids === undefined ? undefined : new Set(ids);
  }

  /** In the order of the machines' creation. */
  get entries(): StatsEntry[] {
    return [...this.#places.values()].map(({ id, name, sampler }) => ({
      id,
      name,
      figures: sampler.figures,
    }));
  }

  /** Looks which machines there are now, and begins to sample those that run. */
  async review(intervalMs: number, signal: AbortSignal): Promise<void> {
    for (const { id, sampler } of await this.#refresh()) {
      // Where one of them can't be asked is its own matter; the next review tries again.
      if (this.#places.has(id)) void sampler.run(intervalMs, signal);
    }
  }

  /** Two samples of each machine, an interval apart. */
  async takeTwo(intervalMs: number, signal: AbortSignal): Promise<void> {
    const running = await this.#refresh();
    await Promise.all(running.map(({ sampler }) => sampler.takeTwo(intervalMs, signal)));
  }

  /** The machines that run. */
  async #refresh(): Promise<Place[]> {
    const infos = (await this.#firstborn.machines()).filter(
      (info) => this.#named?.has(info.record.id) ?? hasGuest(info),
    );
    const ids = new Set(infos.map(({ record }) => record.id));
    for (const id of this.#places.keys()) if (!ids.has(id)) this.#places.delete(id);
    for (const { record } of infos) {
      const { id, name } = record;
      if (this.#places.has(id)) continue;
      const machine = await this.#firstborn.machine(id).catch(() => undefined);
      if (machine !== undefined) this.#places.set(id, { id, name, sampler: new StatsSampler(machine) });
    }
    return infos.filter(hasGuest).flatMap(({ record }) => this.#places.get(record.id) ?? []);
  }
}
