import type { Native, ReapedChild } from '../../addon/native.ts';
import type { Log } from '../log/log.ts';

/** Per turn of the event loop: what joined a container by exec can make children of init, as fast as it likes. */
const childrenPerTurn = 256;

/**
 * The one owner of waitpid(-1). SIGCHLD coalesces, so every signal drains all that have ended. A spawn
 * registers its pid in the same turn of the event loop in which it was made, so no exit can slip by.
 */
export class Reaper {
  readonly #native: Native;
  readonly #log: Log;
  readonly #waiting = new Map<number, (child: ReapedChild) => void>();
  /** While more than one turn's worth waits. */
  #drainsAgain = false;
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

  /** Reaps what has ended, in this turn of the event loop and the next ones. */
  drain(): void {
    for (let reaped = 0; reaped < childrenPerTurn; reaped += 1) {
      const child = this.#native.reapChild();
      if (child === null) return;
      const resolve = this.#waiting.get(child.pid);
      this.#waiting.delete(child.pid);
      if (resolve === undefined) {
        this.orphans += 1;
        this.#log.trace({ pid: child.pid }, 'reaped an orphan');
      } else {
        resolve(child);
      }
    }
    // No signal may come for those that are left.
    if (this.#drainsAgain) return;
    this.#drainsAgain = true;
    setImmediate(() => {
      this.#drainsAgain = false;
      this.drain();
    });
  }
}
