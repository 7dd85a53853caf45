import { constants, openSync, writeSync } from 'node:fs';
import type { Native } from '../../addon/native.ts';

/** A line may hold process 1 up for so long, and only while the console takes something now and then. */
const patienceMs = 1000;
const openFlags = constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK;
const stderrFd = 2;

type ConsoleNative = Pick<Native, 'writeSome' | 'awaitWritable'>;

/**
 * Writes lines to the console, at once: the last one before a power-off is the one that somebody needs. Nobody may read
 * what comes out of the machine, though, and then a tty takes nothing more: a line that stays stuck is lost, those behind
 * it at once, and how many were is said as soon as the console takes something again.
 *
 * It has a descriptor of its own, since the mode of not blocking would go to all who share one.
 */
export class ConsoleWriter {
  readonly #native: ConsoleNative;
  readonly #path: string;
  #fd: number | undefined;
  #lostLines = 0;
  /** Only a part of the last line was taken. */
  #isTorn = false;

  constructor(native: ConsoleNative, path = '/dev/console') {
    this.#native = native;
    this.#path = path;
  }

  /** Never throws. BLOCKS for a second at most. */
  write(line: string): void {
    try {
      const fd = this.#open();
      if (fd === undefined) {
        writeSync(stderrFd, line);
        return;
      }
      if (this.#lostLines > 0 && this.#put(fd, this.#apology(), 0)) this.#lostLines = 0;
      if (this.#lostLines > 0 || !this.#put(fd, line, patienceMs)) this.#lostLines += 1;
    } catch {
      // A console that is gone must not take PID 1 with it, and nothing is left to tell it to.
    }
  }

  /** Before /dev is mounted there is nothing but what the kernel gave, if anything. */
  #open(): number | undefined {
    try {
      this.#fd ??= openSync(this.#path, openFlags);
    } catch {
      // The next line may find it.
    }
    return this.#fd;
  }

  #apology(): string {
    return `{"level":40,"lines":${this.#lostLines},"msg":"the console did not take lines of the log"}\n`;
  }

  /** Gives whether all of it was taken. */
  #put(fd: number, line: string, waitMs: number): boolean {
    const deadlineMs = performance.now() + waitMs;
    let rest: Uint8Array = Buffer.from(this.#isTorn ? `\n${line}` : line);
    while (rest.length > 0) {
      const written = this.#native.writeSome(fd, rest);
      if (written > 0) {
        rest = rest.subarray(written);
        this.#isTorn = rest.length > 0;
        continue;
      }
      const leftMs = Math.ceil(deadlineMs - performance.now());
      if (leftMs <= 0 || !this.#native.awaitWritable(fd, leftMs)) return false;
    }
    return true;
  }
}
