import { changed, dropNamespaces } from '../../test/support/differential/base-spec.ts';
import type { RawGuest } from '../../test/support/raw-guest.ts';
import { bootCountedGuest } from '../counted-machine.ts';
import { ExecRunner, type RunningExec } from '../exec-runner.ts';
import { executedInstructions } from '../instruction-count.ts';

const SIGKILL = 9;
const killedCode = 128 + SIGKILL;

/** What `runc spec` writes, in the machine's network, with a process that does nothing. */
const idleConfig = JSON.stringify(
  changed((spec) => {
    spec.process.args = ['/bin/sleep', '1000000'];
    dropNamespaces(spec, 'network');
  }),
);

/** What the machine has in use at one moment. */
export interface Occupation {
  availableBytes: number;
  initResidentBytes: number;
  initHeapBytes: number;
  initDescriptors: number;
}

/** A machine in which idle containers are started beside the workload and killed again. */
export class IdleContainers implements AsyncDisposable {
  readonly #guest: RawGuest;
  readonly #runner: ExecRunner;
  #alive: RunningExec[] = [];

  private constructor(guest: RawGuest) {
    this.#guest = guest;
    this.#runner = new ExecRunner(guest.client);
  }

  static async boot(): Promise<IdleContainers> {
    const guest = await bootCountedGuest();
    return new IdleContainers(guest);
  }

  /** Starts so many, one after the other. Gives the guest instructions of all starts. */
  async start(count: number): Promise<number> {
    return await this.#counted(async () => {
      for (let started = 0; started < count; started += 1) {
        this.#alive.push(await this.#runner.startContainer(idleConfig, { expectedCode: killedCode }));
      }
    });
  }

  /** Kills all, one after the other, and waits until nothing is left of each. Gives the guest instructions of all ends. */
  async killAll(): Promise<number> {
    const doomed = this.#alive.splice(0);
    return await this.#counted(async () => {
      for (const { exec, ended } of doomed) {
        await this.#guest.request('signal', { exec, signal: SIGKILL });
        await ended;
      }
    });
  }

  /** Asks the guest, which is work of its own: not to be counted with anything else. */
  async occupation(): Promise<Occupation> {
    const { machine } = await this.#guest.request('metrics', {});
    return {
      availableBytes: machine.memory.availableBytes,
      initResidentBytes: machine.init.residentBytes,
      initHeapBytes: machine.init.heapUsedBytes,
      initDescriptors: machine.init.openFds,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The machine's end is not the end that was expected of those that still run.
    for (const { ended } of this.#alive) ended.catch(() => {});
    await this.#guest[Symbol.asyncDispose]();
  }

  async #counted(work: () => Promise<void>): Promise<number> {
    const before = await executedInstructions(this.#guest.qmp);
    await work();
    return (await executedInstructions(this.#guest.qmp)) - before;
  }
}
