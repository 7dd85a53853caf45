import { DirectoryWatch } from '../client/directory-watch.ts';
import type { Firstborn } from '../client/index.ts';
import { listMachineIds } from '../client/machine-listing.ts';
import type { MachineEvent } from './event-text.ts';
import { EventReader } from './event-reader.ts';

export interface EventStreamOptions {
  firstborn: Firstborn;
  machinesDir: string;
  sinceMs: number;
  isMachineWanted: (machine: MachineEvent['machine']) => boolean;
  /** Called in turn; the next event waits for it. */
  onEvent: (event: MachineEvent) => Promise<void>;
}

interface Followed {
  reader: EventReader;
  /** Until the machine has ended. */
  following: Promise<void> | undefined;
}

/** The events of all machines, those that come later too, and of a machine over all of its boots. */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #followed = new Map<string, Followed>();
  /** Machines that nobody asked for. */
  readonly #unwanted = new Set<string>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /** What has happened until now, in the order of time. */
  async tellPast(signal: AbortSignal): Promise<void> {
    const past: MachineEvent[] = [];
    await this.#findMachines();
    for (const { reader } of this.#followed.values()) {
      for await (const event of reader.read({ follow: false, signal })) past.push(event);
    }
    for (const event of past.toSorted((one, other) => one.unixMs - other.unixMs)) await this.#tell(event);
  }

  /** What happens from now on. Throws the signal's reason when it aborts. */
  async tellLive(signal: AbortSignal): Promise<void> {
    using watch = new DirectoryWatch(this.#options.machinesDir);
    for (;;) {
      signal.throwIfAborted();
      const ids = await this.#findMachines();
      for (const [id, followed] of this.#followed) {
        if (followed.following !== undefined) continue;
        if (!ids.has(id)) await this.#forget(id, followed.reader);
        else if (await followed.reader.hasNews()) this.#follow(followed, signal);
      }
      await watch.change(signal);
    }
  }

  /** Which machines there are; new ones are taken up. */
  async #findMachines(): Promise<ReadonlySet<string>> {
    const { firstborn, machinesDir, sinceMs, isMachineWanted } = this.#options;
    const ids = new Set(await listMachineIds(machinesDir));
    for (const id of ids) {
      if (this.#followed.has(id) || this.#unwanted.has(id)) continue;
      // One that is being made is no machine yet.
      const machine = await firstborn.machine(id).catch(() => undefined);
      if (machine === undefined) continue;
      if (!isMachineWanted(machine)) this.#unwanted.add(id);
      else this.#followed.set(id, { reader: new EventReader(machine, sinceMs), following: undefined });
    }
    return ids;
  }

  #follow(followed: Followed, signal: AbortSignal): void {
    const { reader } = followed;
    const follow = async (): Promise<void> => {
      for await (const event of reader.read({ follow: true, signal })) await this.#tell(event);
    };
    followed.following = follow()
      // A file that can't be read is looked at again when it has changed.
      .catch(() => {})
      .finally(() => {
        followed.following = undefined;
      });
  }

  async #forget(id: string, { machine }: EventReader): Promise<void> {
    this.#followed.delete(id);
    await this.#tell({ unixMs: Date.now(), machine, event: { event: 'removed' } });
  }

  /** One event after the other, whichever machine they are of. */
  async #tell(event: MachineEvent): Promise<void> {
    this.#last = this.#last.then(() => this.#options.onEvent(event));
    await this.#last;
  }
}
