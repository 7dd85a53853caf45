import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import { type Artefacts, artefacts } from '../artefacts.ts';
import { guestArchitecture } from '../launch/machine-layout.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';
import { type StateDirectory, stateDirectory } from '../state-directory.ts';
import { createMachine, type CreateOptions } from './create-machine.ts';
import type { CreateRequest } from './create-request.ts';
import { MachineHandle } from './machine-handle.ts';
import { listMachineIds, listMachines, readMachine } from './machine-listing.ts';
import { MachineNames } from './machine-names.ts';
import type { Machine, MachineInfo } from './types.ts';

export interface FirstbornOptions {
  /** Where FIRSTBORN_STATE_DIR and FIRSTBORN_BUILD_DIR are looked up; this process's own when absent. */
  environment?: NodeJS.ProcessEnv;
}

/**
 * The machines of one state directory. Machines run on their own: this object holds nothing open, and any number of
 * them, in any number of processes, may use the same directory.
 */
export class Firstborn {
  readonly #state: StateDirectory;
  readonly #artefacts: Artefacts;
  readonly #names: MachineNames;

  constructor({ environment = process.env }: FirstbornOptions = {}) {
    this.#state = stateDirectory(environment);
    this.#artefacts = artefacts(environment);
    this.#names = new MachineNames(this.#state);
  }

  /**
   * Prepares a machine from an image; nothing runs yet. The first use of an image takes as long as its layers need
   * to be read and packed. A failure leaves nothing behind. Throws FirstbornErrors: `usage` for a request that makes no
   * sense, `image` for a bad image, `host` for what this host lacks; and the signal's reason when aborted.
   */
  async create(request: CreateRequest, options: CreateOptions = {}): Promise<Machine> {
    const architecture = guestArchitecture(process.arch);
    if (architecture === undefined) {
      throw new FirstbornError('host', `Cannot run machines on a host of architecture "${process.arch}"`);
    }
    const places = { state: this.#state, artefacts: this.#artefacts, names: this.#names, architecture };
    const { id, name } = await createMachine(request, places, options);
    return new MachineHandle(this.#directory(id), name);
  }

  /** Every machine there is, the oldest first. */
  async machines(): Promise<MachineInfo[]> {
    return await listMachines(this.#state.machinesDir);
  }

  /**
   * A machine by its name, its id or the beginning of its id. Throws a FirstbornError of code `host` when there is
   * none, or more than one.
   */
  async machine(reference: string): Promise<Machine> {
    const id = (await this.#findByName(reference)) ?? (await this.#findById(reference));
    const directory = this.#directory(id);
    const info = await readMachine(directory);
    if (info === undefined) throw unknownMachine(reference);
    return new MachineHandle(directory, info.record.name);
  }

  async #findByName(name: string): Promise<string | undefined> {
    const id = await this.#names.find(name);
    if (id === undefined) return undefined;
    return await access(this.#directory(id).path).then(
      () => id,
      () => undefined,
    );
  }

  async #findById(beginning: string): Promise<string> {
    const ids = /^[0-9a-f]+$/.test(beginning)
      ? (await listMachineIds(this.#state.machinesDir)).filter((id) => id.startsWith(beginning))
      : [];
    const [id, other] = ids;
    if (id === undefined) throw unknownMachine(beginning);
    if (other === undefined) return id;
    throw new FirstbornError(
      'host',
      `Cannot tell which machine "${beginning}" is: ${ids.toSorted().join(', ')}`,
    );
  }

  #directory(id: string): MachineDirectory {
    return new MachineDirectory(join(this.#state.machinesDir, id));
  }
}

function unknownMachine(reference: string): FirstbornError {
  return new FirstbornError('host', `Cannot find a machine "${reference}"`);
}
