import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { describeError } from '../../protocol/errors.ts';
import type { Log } from '../log/log.ts';

/** `oom_kill` of a memory.events file (cgroup-v2.rst): processes killed in the cgroup and below it. Pure. */
export function parseOomKills(events: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
}

/**
 * Counts what the kernel kills in a container for want of memory. The kernel marks the file as modified at each
 * change (inotify); who has just seen a process die of SIGKILL asks at once, because that message may come later.
 */
export class OomWatch {
  readonly #eventsPath: string;
  readonly #onKills: (kills: number) => void;
  readonly #watcher: FSWatcher | undefined;
  #kills = 0;

  /** `onKills` is called once for each increase. A kernel without the memory controller counts nothing. */
  constructor(cgroupPath: string, log: Log, onKills: (kills: number) => void) {
    this.#eventsPath = `${cgroupPath}/memory.events`;
    this.#onKills = onKills;
    try {
      this.#watcher = watch(this.#eventsPath, () => this.count());
      this.#watcher.on('error', (error) => log.warn({ err: error }, 'the watch for memory kills ended'));
    } catch (error) {
      log.warn({ reason: describeError(error) }, 'kills for want of memory are not noticed');
    }
  }

  /** Kills since the container's start, as of now. */
  count(): number {
    const kills = this.#read();
    if (kills > this.#kills) {
      this.#kills = kills;
      this.#onKills(kills);
    }
    return this.#kills;
  }

  close(): void {
    this.#watcher?.close();
  }

  #read(): number {
    try {
      return parseOomKills(readFileSync(this.#eventsPath, 'latin1'));
    } catch {
      return 0; // the cgroup is gone, or the controller was never there
    }
  }
}
