import { setImmediate as nextTurn } from 'node:timers/promises';
import { maxExecSessions, outputDrainMs } from '../../protocol/limits.ts';
import type { ExecParams, ExecStarted } from '../../protocol/messages.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { RequestRefusal } from '../channel/requests.ts';
import { type ExecSite, launchExec } from './exec-launch.ts';
import type { RunningProcess } from './running-process.ts';
import type { ContainerDependencies } from './start-process.ts';

/** How long the output of execs may delay the end of their container when the host doesn't read it. */
const lastOutputMs = 5_000;

/** The processes that were started in one container by exec, each from its start until its last output is sent. */
export class ExecSessions {
  readonly #dependencies: ContainerDependencies;
  readonly #channel: HostChannel;
  readonly #site: ExecSite;
  readonly #running = new Map<number, RunningProcess>();
  /** Those in `#running` and those that are about to be. */
  #places = 0;
  #lastNumber = 0;
  #closed = false;
  readonly #emptied = Promise.withResolvers<void>();

  constructor(dependencies: ContainerDependencies, channel: HostChannel, site: ExecSite) {
    this.#dependencies = dependencies;
    this.#channel = channel;
    this.#site = site;
  }

  /** Starts one. Throws a RequestRefusal when that can't be done, or not within `deadlineMs`. */
  async start(params: ExecParams, deadlineMs: number): Promise<ExecStarted> {
    const [command] = params.args;
    if (this.#closed)
      throw new RequestRefusal('not-found', `Cannot start "${command}": the container has ended`);
    if (this.#places >= maxExecSessions) {
      throw new RequestRefusal('busy', `Cannot run more than ${maxExecSessions} execs at once`);
    }
    this.#places += 1;
    let process: RunningProcess;
    try {
      process = await launchExec(this.#dependencies, this.#channel, this.#site, params, deadlineMs);
    } catch (error) {
      this.#freePlace();
      throw error;
    }
    this.#lastNumber += 1;
    this.#running.set(this.#lastNumber, process);
    process.stdio.startOutput();
    void this.#awaitEnd(this.#lastNumber, process);
    return describe(this.#lastNumber, process);
  }

  /** Those whose exit has not been announced yet. */
  list(): ExecStarted[] {
    return [...this.#running].map(([number, process]) => describe(number, process));
  }

  /** `undefined` when there is none of this number, or none any more. */
  find(number: number): RunningProcess | undefined {
    return this.#running.get(number);
  }

  /**
   * For the end of the container, whose processes are being killed: starts no more and resolves when the exits of
   * all have been announced. Output that a host does not take then is given up after some seconds.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const process of this.#running.values()) process.expectKill();
    if (this.#places === 0) return;
    const timer = setTimeout(() => {
      for (const process of this.#running.values()) process.stdio.cut();
    }, lastOutputMs);
    await this.#emptied.promise;
    clearTimeout(timer);
  }

  async #awaitEnd(number: number, process: RunningProcess): Promise<void> {
    const end = await process.ended;
    // A process may end before the answer to its request has gone out; its host must learn its number first.
    await nextTurn();
    await process.stdio.drain(outputDrainMs);
    process.close();
    this.#running.delete(number);
    this.#channel.announce({ event: 'exec-exit', exec: number, ...end });
    this.#freePlace();
  }

  #freePlace(): void {
    this.#places -= 1;
    if (this.#closed && this.#places === 0) this.#emptied.resolve();
  }
}

function describe(number: number, process: RunningProcess): ExecStarted {
  return { exec: number, pid: process.pid, streams: process.stdio.streams };
}
