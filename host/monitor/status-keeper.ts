import { describeError } from '../../protocol/errors.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import { writeStatus } from '../machine/machine-files.ts';
import type { MachineStatus } from '../machine/machine-record.ts';

/** How often a status that could not be written is written again. */
const retryIntervalMs = 500;

/** The machine's status, in memory and on disk. */
export class StatusKeeper {
  readonly #directory: MachineDirectory;
  readonly #warn: (message: string) => void;
  #status: MachineStatus;
  #retry: NodeJS.Timeout | undefined;

  constructor(directory: MachineDirectory, status: MachineStatus, warn: (message: string) => void) {
    this.#directory = directory;
    this.#status = status;
    this.#warn = warn;
  }

  get status(): Readonly<MachineStatus> {
    return this.#status;
  }

  /** The disk has the status of the last `update`. */
  get isSaved(): boolean {
    return this.#retry === undefined;
  }

  /**
   * Changes the status and writes it before it returns. A full disk must not stop the machine: then it is written again
   * and again until it is there.
   */
  update(changes: Partial<MachineStatus>): void {
    this.note(changes);
    const wasSaved = this.isSaved;
    const error = this.#save();
    if (error !== undefined && wasSaved) this.#warn(describeError(error));
  }

  /** Changes what the next write says. */
  note(changes: Partial<MachineStatus>): void {
    this.#status = { ...this.#status, ...changes };
  }

  /** Gives up what could not be written. */
  close(): void {
    clearTimeout(this.#retry);
  }

  #save(): unknown {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      writeStatus(this.#directory, this.#status);
      return undefined;
    } catch (error) {
      this.#retry = setTimeout(() => void this.#save(), retryIntervalMs);
      return error;
    }
  }
}
