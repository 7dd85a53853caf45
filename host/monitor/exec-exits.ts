import { FirstbornError } from '../../protocol/errors.ts';
import type { ExecExitEvent, ExecStarted } from '../../protocol/messages.ts';
import type { Machine } from '../machine/machine.ts';
import type { ProcessExit } from './api.ts';

/** Ends that are kept for answers on their way: far more than a guest has processes, which may tell of any number. */
const maxEarlyExits = 1024;

/** A process in the guest that was started from here. */
export interface RunningExec {
  started: ExecStarted;
  /** Resolves with its end; rejects with code `vm` when the machine ends before. */
  exited: Promise<ProcessExit>;
}

/**
 * Joins the processes that were started in a guest with the events that tell their end. An event can overtake the
 * answer's way through promises, so ends that nobody knows are kept while an answer is awaited.
 */
export class ExecExits {
  readonly #machine: Machine;
  readonly #running = new Map<number, (exit: ProcessExit) => void>();
  readonly #early = new Map<number, ProcessExit>();
  #starting = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    // One listener per process that runs.
    machine.setMaxListeners(0);
    machine.on('event', (event) => {
      if (event.event === 'exec-exit') this.#take(event);
    });
  }

  /** Processes whose end is awaited. */
  get size(): number {
    return this.#running.size + this.#early.size;
  }

  /** Whether somebody here looks after a process. */
  has(exec: number): boolean {
    return this.#running.has(exec) || this.#early.has(exec);
  }

  /** Runs `start`, which asks the guest for a process, and watches over what it started. Rejects as `start` does. */
  async watch(start: () => Promise<ExecStarted>): Promise<RunningExec> {
    this.#starting += 1;
    try {
      const started = await start();
      return { started, exited: this.#exited(started.exec) };
    } finally {
      this.#starting -= 1;
      if (this.#starting === 0) this.#early.clear();
    }
  }

  #exited(exec: number): Promise<ProcessExit> {
    const early = this.#early.get(exec);
    this.#early.delete(exec);
    if (early !== undefined) return Promise.resolve(early);
    const { promise, resolve, reject } = Promise.withResolvers<ProcessExit>();
    const { over } = this.#machine;
    const lost = (): void => {
      this.#running.delete(exec);
      reject(new FirstbornError('vm', 'Machine ended before the process did'));
    };
    this.#running.set(exec, (exit) => {
      over.removeEventListener('abort', lost);
      resolve(exit);
    });
    if (over.aborted) lost();
    else over.addEventListener('abort', lost, { once: true });
    // Whoever started it may not wait for its end.
    promise.catch(() => {});
    return promise;
  }

  #take({ exec, code, signal, reason }: ExecExitEvent): void {
    const exit: ProcessExit = { code, reason, ...(signal === undefined ? {} : { signal }) };
    const settle = this.#running.get(exec);
    if (settle !== undefined) {
      this.#running.delete(exec);
      settle(exit);
    } else if (this.#starting > 0) {
      this.#early.set(exec, exit);
      const [oldest] = this.#early.keys();
      if (this.#early.size > maxEarlyExits && oldest !== undefined) this.#early.delete(oldest);
    }
  }
}
