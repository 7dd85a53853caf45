import type { Native, ReapedChild } from '../../addon/native.ts';
import type { Log } from '../log/log.ts';

/**
 * The one owner of waitpid(-1). SIGCHLD coalesces, so every signal drains all that have ended. A spawn
 * registers its pid in the same turn of the event loop in which it was made, so no exit can slip by.
 */
export class Reaper {
  readonly #native: Native;
  readonly #log: Log;
  readonly #waiting = new Map<number, (child: ReapedChild) => void>();
  /** Orphans that the kernel handed to PID 1, reaped so far. */
  orphans = 0;

  constructor(native: Native, log: Log) {
    this.#native = native;
    this.#log = log;
    process.on('SIGCHLD', () => this.drain());
  }

  /** The exit of a child of ours. Call it right after the spawn, before anything is awaited. */
  exitOf(pid: number): Promise<ReapedChild> {
    return new Promise((resolve) => {
      this.#waiting.set(pid, resolve);
    });
  }

  /** Reaps everything that has ended. */
  drain(): void {
    for (let child = this.#native.reapChild(); child !== null; child = this.#native.reapChild()) {
      const resolve = this.#waiting.get(child.pid);
      this.#waiting.delete(child.pid);
      if (resolve === undefined) {
        this.orphans += 1;
        this.#log.trace({ pid: child.pid }, 'reaped an orphan');
      } else {
        resolve(child);
      }
    }
  }
}
