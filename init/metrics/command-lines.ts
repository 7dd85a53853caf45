import { open } from 'node:fs/promises';
import { maxProcessTextLength } from '../../protocol/limits.ts';
import { withinDeadline } from '../boot/deadline.ts';
import { parseCommandLine } from './process-files.ts';

const readDeadlineMs = 250;
/** Half of the threads that Node reads files with. */
const maxStuckReads = 2;
/** Characters are four bytes at most. */
const maxCommandLineBytes = 4 * maxProcessTextLength;

async function readHead(path: string): Promise<string> {
  let file;
  try {
    file = await open(path);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(maxCommandLineBytes),
      0,
      maxCommandLineBytes,
      0,
    );
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return ''; // it has ended
  } finally {
    await file?.close().catch(() => {});
  }
}

/**
 * Reads command lines of processes that init does not trust. They lie in the process's own memory, and the kernel
 * fetches them through its page faults: a process with CAP_SYS_ADMIN or CAP_SYS_PTRACE can make such a read hang. So a
 * thread reads, with a deadline, and none is asked while too many hang.
 */
export class CommandLines {
  #stuck = 0;
  readonly #readText: (path: string) => Promise<string>;

  /** `readText` gives the beginning of a file, or nothing; it must not reject. */
  constructor(readText: (path: string) => Promise<string> = readHead) {
    this.#readText = readText;
  }

  /** The arguments of a process, 256 characters of them; none when they can't be had. Never rejects. */
  async read(procRoot: string, pid: number): Promise<string[]> {
    if (this.#stuck >= maxStuckReads) return [];
    const reading = this.#readText(`${procRoot}/${pid}/cmdline`);
    const outcome = await withinDeadline(reading, readDeadlineMs);
    if (outcome.state === 'settled') return parseCommandLine(outcome.value, maxProcessTextLength);
    this.#stuck += 1;
    void reading.then(() => (this.#stuck -= 1));
    return [];
  }
}
