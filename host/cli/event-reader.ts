import { stat } from 'node:fs/promises';
import type { Machine, RecordedEvent } from '../client/index.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';

/**
 * The events of one machine over all of its boots, each of them once. The client's own reader ends with the machine;
 * this one can go on where it was when the machine boots again.
 */
export class EventReader {
  readonly #machine: Machine;
  readonly #eventsPath: string;
  /** Where to go on: the newest time that was seen, and the events of just that time. */
  #sinceMs: number;
  #seen = new Set<string>();
  #size = '';

  constructor(machine: Machine, sinceMs: number) {
    this.#machine = machine;
    this.#eventsPath = new MachineDirectory(machine.directory).eventsPath;
    this.#sinceMs = sinceMs;
  }

  get machine(): RecordedEvent['machine'] {
    const { id, name } = this.#machine;
    return { id, name };
  }

  /** Whether something has been written since the last call. */
  async hasNews(): Promise<boolean> {
    const found = await stat(this.#eventsPath).catch(() => undefined);
    const size = found === undefined ? '' : `${found.ino}:${found.size}`;
    const isNew = size !== this.#size;
    this.#size = size;
    return isNew;
  }

  /** What is new, with `follow` until the machine has ended. */
  async *read(options: {
    follow: boolean;
    signal: AbortSignal;
  }): AsyncGenerator<RecordedEvent, void, undefined> {
    const skipped = this.#seen;
    const skippedMs = this.#sinceMs;
    for await (const event of this.#machine.events({ ...options, sinceMs: this.#sinceMs })) {
      const text = JSON.stringify(event);
      if (event.unixMs === skippedMs && skipped.has(text)) continue;
      this.#remember(event.unixMs, text);
      yield event;
    }
  }

  #remember(unixMs: number, text: string): void {
    // A clock that was set back does not make the past new.
    if (unixMs < this.#sinceMs) return;
    if (unixMs > this.#sinceMs) this.#seen = new Set();
    this.#sinceMs = unixMs;
    this.#seen.add(text);
  }
}
