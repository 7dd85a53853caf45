import { createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import { DirectoryWatch } from '../client/directory-watch.ts';
import { readConsoleTail } from '../machine/console-tail.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';

const blockBytes = 64 * 1024;

/**
 * A machine's console log, held open: it stays readable though the machine removes itself. Opened before the machine
 * starts, which empties the file and keeps it.
 */
export class ConsoleLog implements AsyncDisposable {
  readonly #machineDirectory: string;
  readonly #handle: FileHandle;

  private constructor(machineDirectory: string, handle: FileHandle) {
    this.#machineDirectory = machineDirectory;
    this.#handle = handle;
  }

  static async open(machineDirectory: string): Promise<ConsoleLog> {
    const { consoleLogPath } = new MachineDirectory(machineDirectory);
    return new ConsoleLog(machineDirectory, await open(consoleLogPath, 'a+', 0o600));
  }

  /** The lines that tell most about a failure. */
  async tail(maxLines: number): Promise<string[]> {
    // The file as this process sees it, under a name that outlives its own (proc(5)).
    return await readConsoleTail(`/proc/self/fd/${this.#handle.fd}`, maxLines);
  }

  /** Copies what comes to a sink until `signal` aborts, and then the rest. Rejects when the log can't be read. */
  async follow(sink: Writable, signal: AbortSignal): Promise<void> {
    using watch = new DirectoryWatch(this.#machineDirectory);
    let position = 0;
    for (;;) {
      const isLast = signal.aborted;
      // A boot empties the log.
      if ((await this.#handle.stat()).size < position) position = 0;
      position = await this.#copy(sink, position);
      if (isLast) return;
      await watch.change(signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #copy(sink: Writable, start: number): Promise<number> {
    let position = start;
    for (;;) {
      const block = Buffer.allocUnsafe(blockBytes);
      const { bytesRead } = await this.#handle.read(block, 0, blockBytes, position);
      if (bytesRead === 0) return position;
      position += bytesRead;
      await new Promise<void>((resolve) => {
        sink.write(block.subarray(0, bytesRead), () => resolve());
      });
    }
  }
}

/** Closes what `openConsoleSink` opened, once everything is written. */
export async function closeConsoleSink(sink: Writable): Promise<void> {
  if (sink === process.stderr) return;
  await new Promise<void>((resolve) => {
    sink.end(() => resolve());
  });
}

/** Opens what `--console` named, `-` being stderr. Throws a FirstbornError of code `host`. */
export async function openConsoleSink(path: string): Promise<Writable> {
  if (path === '-') return process.stderr;
  const sink = createWriteStream(path);
  await new Promise<void>((resolve, reject) => {
    sink.once('open', () => resolve());
    sink.once('error', (cause) => {
      reject(new FirstbornError('host', `Cannot write the console log to "${path}"`, { cause }));
    });
  });
  // A disk that is full must not end the run; what was written is what there is.
  return sink.on('error', () => {});
}
