import { describeError } from '../../protocol/errors.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import { writeStatus } from '../machine/machine-files.ts';
import type { MachineStatus } from '../machine/machine-record.ts';

/** The machine's status, in memory and on disk. */
export class StatusKeeper {
  readonly #directory: MachineDirectory;
  readonly #warn: (message: string) => void;
  #status: MachineStatus;

  constructor(directory: MachineDirectory, status: MachineStatus, warn: (message: string) => void) {
    this.#directory = directory;
    this.#status = status;
    this.#warn = warn;
  }

  get status(): Readonly<MachineStatus> {
    return this.#status;
  }

  /** Changes the status and writes it before it returns; a full disk must not stop the machine. */
  update(changes: Partial<MachineStatus>): void {
    this.note(changes);
    try {
      writeStatus(this.#directory, this.#status);
    } catch (error) {
      this.#warn(describeError(error));
    }
  }

  /** Changes what the next write says. */
  note(changes: Partial<MachineStatus>): void {
    this.#status = { ...this.#status, ...changes };
  }
}
