import { closeSync, type FSWatcher, openSync, readSync, watch } from 'node:fs';
import { describeError } from '../../protocol/errors.ts';
import type { Log } from '../log/log.ts';

/** Longer than the file is: six lines with a number each. */
const readBuffer = Buffer.allocUnsafeSlow(4096);

/** `oom_kill` of a memory.events file (cgroup-v2.rst): processes killed in the cgroup and below it. Pure. */
export function parseOomKills(events: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
}

/**
 * Counts what the kernel kills in a container for want of memory. The kernel marks the file as modified at each
 * change (inotify); who has just seen a process die of SIGKILL asks at once, because that message may come later.
 */
export class OomWatch {
  /** Stays open: it is read for each process that starts. */
  #eventsFd: number | undefined;
  readonly #onKills: (kills: number) => void;
  readonly #watcher: FSWatcher | undefined;
  #kills = 0;

  /** `onKills` is called once for each increase. A kernel without the memory controller counts nothing. */
  constructor(cgroupPath: string, log: Log, onKills: (kills: number) => void) {
    const eventsPath = `${cgroupPath}/memory.events`;
    this.#onKills = onKills;
    try {
      this.#eventsFd = openSync(eventsPath, 'r');
      this.#watcher = watch(eventsPath, () => this.count());
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

  /** From now on the count stays as it is. */
  close(): void {
    this.#watcher?.close();
    if (this.#eventsFd !== undefined) closeSync(this.#eventsFd);
    this.#eventsFd = undefined;
  }

  #read(): number {
    if (this.#eventsFd === undefined) return 0;
    try {
      const length = readSync(this.#eventsFd, readBuffer, 0, readBuffer.length, 0);
      return parseOomKills(readBuffer.toString('latin1', 0, length));
    } catch {
      return 0; // the cgroup is gone
    }
  }
}
