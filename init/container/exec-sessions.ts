import { setImmediate as nextTurn } from 'node:timers/promises';
import { maxExecSessions, outputDrainMs } from '../../protocol/limits.ts';
import type { ContainerParams, ExecParams, ExecStarted } from '../../protocol/messages.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { RequestRefusal } from '../channel/requests.ts';
import type { Container } from './container.ts';
import { type ExecSite, launchExec, launchWithStdio } from './exec-launch.ts';
import type { ProcessEnd } from './process-end.ts';
import type { ProcessStdio } from './process-stdio.ts';
import type { RunningProcess } from './running-process.ts';
import { type SideContainer, startSideContainer } from './side-container.ts';
import type { ContainerDependencies } from './start-process.ts';

const SIGKILL = 9;

/** How long the output of execs may delay the end of their container when the host doesn't read it. */
const lastOutputMs = 5_000;

/** A process that has been started, and what its end takes. */
interface Started {
  process: RunningProcess;
  /** Resolves when it has ended, its output is sent, and nothing is left of it. */
  concluded: Promise<ProcessEnd>;
}

/** The processes that were started beside the first one of a container, by exec or with a container of their own, each from its start until its last output is sent. */
export class ExecSessions {
  readonly #dependencies: ContainerDependencies;
  readonly #channel: HostChannel;
  readonly #site: ExecSite;
  readonly #running = new Map<number, RunningProcess>();
  readonly #sides = new Set<Container>();
  /** Those in `#running` and those that are about to be. */
  #places = 0;
  #lastNumber = 0;
  #lastSide = 0;
  #closed = false;
  readonly #emptied = Promise.withResolvers<void>();

  constructor(dependencies: ContainerDependencies, channel: HostChannel, site: ExecSite) {
    this.#dependencies = dependencies;
    this.#channel = channel;
    this.#site = site;
  }

  /** Starts one. Throws a RequestRefusal when that can't be done, or not within `deadlineMs`. */
  async start(params: ExecParams, deadlineMs: number): Promise<ExecStarted> {
    return await this.#enter(params.args[0], async () => {
      const process = await launchExec(this.#dependencies, this.#channel, this.#site, params, deadlineMs);
      return { process, concluded: this.#conclude(process) };
    });
  }

  /** Starts a container beside this one. Throws a RequestRefusal when that can't be done. */
  async startContainer(params: ContainerParams): Promise<ExecStarted> {
    return await this.#enter('a container', async () => {
      this.#lastSide += 1;
      const id = `side-${this.#lastSide}`;
      const { lastCapability } = this.#site;
      const side = await startSideContainer(this.#dependencies, this.#channel, {
        id,
        lastCapability,
        params,
      });
      this.#sides.add(side.container);
      // Unlike an exec it has a cgroup of its own, which nobody else kills.
      if (this.#closed) side.container.stop(SIGKILL, 0);
      return { process: side.container.main, concluded: this.#concludeSide(side) };
    });
  }

  async #enter(what: string | undefined, start: () => Promise<Started>): Promise<ExecStarted> {
    this.#refuseWhenClosed(what);
    if (this.#places >= maxExecSessions) {
      throw new RequestRefusal('busy', `Cannot run more than ${maxExecSessions} execs at once`);
    }
    this.#places += 1;
    let started: Started;
    try {
      started = await start();
    } catch (error) {
      this.#freePlace();
      throw error;
    }
    const { process, concluded } = started;
    this.#lastNumber += 1;
    this.#running.set(this.#lastNumber, process);
    process.stdio.startOutput();
    void this.#announceEnd(this.#lastNumber, concluded);
    return describe(this.#lastNumber, process);
  }

  /**
   * Starts a process of init's own: without a number, in nobody's list, and announced to nobody. `open` makes its
   * streams; the caller drains and closes it. Throws as `start` does.
   */
  async startUnlisted(
    params: ExecParams,
    deadlineMs: number,
    open: () => ProcessStdio,
  ): Promise<RunningProcess> {
    this.#refuseWhenClosed(params.args[0]);
    return await launchWithStdio(this.#dependencies, this.#site, params, deadlineMs, open);
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
    for (const container of this.#sides) container.stop(SIGKILL, 0);
    if (this.#places === 0) return;
    const timer = setTimeout(() => {
      for (const process of this.#running.values()) process.stdio.cut();
    }, lastOutputMs);
    await this.#emptied.promise;
    clearTimeout(timer);
  }

  #refuseWhenClosed(what: string | undefined): void {
    if (!this.#closed) return;
    throw new RequestRefusal('not-found', `Cannot start "${what}": the container has ended`);
  }

  async #conclude(process: RunningProcess): Promise<ProcessEnd> {
    const end = await process.ended;
    // A process may end before the answer to its request has gone out; its host must learn its number first.
    await nextTurn();
    await process.stdio.drain(outputDrainMs);
    process.close();
    return end;
  }

  async #concludeSide({ container, release }: SideContainer): Promise<ProcessEnd> {
    const end = await container.ended();
    await nextTurn();
    this.#sides.delete(container);
    release();
    return end;
  }

  async #announceEnd(number: number, concluded: Promise<ProcessEnd>): Promise<void> {
    const end = await concluded;
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
