import { outputDrainMs } from '../../protocol/limits.ts';
import { exitCodes } from '../../protocol/names.ts';
import { withinDeadline } from '../boot/deadline.ts';
import type { Log } from '../log/log.ts';
import type { ContainerCgroup } from './cgroup.ts';
import type { ContainerHooks } from './hooks/container-hooks.ts';
import { removeCopiedDirectories } from './copied-directories.ts';
import type { ExecSessions } from './exec-sessions.ts';
import type { OomWatch } from './oom-watch.ts';
import type { ProcessEnd } from './process-end.ts';
import type { RunningProcess } from './running-process.ts';
import type { ContainerDependencies } from './start-process.ts';
import { unmountTerminals } from './terminals.ts';

const SIGKILL = 9;

/** Even thousands of processes are dead by then; one that waits in the kernel for a disk or a share may never be. */
const killPatienceMs = 30_000;
/** Execs end before the first process does, and their output is cut after some seconds. */
const execsEndMs = 10_000;

/** What a container has of its cgroup. */
export interface CgroupHold {
  cgroup: Pick<ContainerCgroup, 'path' | 'kill' | 'remove' | 'closeFds'>;
  oomWatch: Pick<OomWatch, 'close'>;
}

/** Lets go of the cgroup of a container that has ended, and removes it. */
export async function releaseCgroup(log: Log, { cgroup, oomWatch }: CgroupHold): Promise<void> {
  oomWatch.close();
  cgroup.closeFds();
  await cgroup.remove().catch((error: unknown) => {
    log.warn({ err: error }, 'the cgroup of an ended container stays');
  });
}

export interface ContainerParts extends CgroupHold {
  id: string;
  /** Its first process. */
  main: RunningProcess;
  execs: ExecSessions;
  hooks: Pick<ContainerHooks, 'runAfterStop'>;
}

/** One running container: its first process, what was started beside it, and its cgroup. */
export class Container {
  readonly id: string;
  readonly main: RunningProcess;
  readonly execs: ExecSessions;
  readonly #dependencies: ContainerDependencies;
  readonly #hold: CgroupHold;
  readonly #hooks: ContainerParts['hooks'];
  readonly #end: Promise<ProcessEnd>;
  readonly #undying = Promise.withResolvers<ProcessEnd>();
  #stopping = false;
  #isGivenUp = false;
  #killTimer: NodeJS.Timeout | undefined;
  /** When the planned kill comes, by performance.now(). */
  #killAtMs = Number.POSITIVE_INFINITY;

  constructor(dependencies: ContainerDependencies, parts: ContainerParts) {
    this.#dependencies = dependencies;
    this.id = parts.id;
    this.main = parts.main;
    this.execs = parts.execs;
    this.#hold = parts;
    this.#hooks = parts.hooks;
    this.#end = this.#awaitEnd();
  }

  get pid(): number {
    return this.main.pid;
  }

  get cgroupPath(): string {
    return this.#hold.cgroup.path;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** False once its first process has ended, and everything else with it, or was given up. */
  get running(): boolean {
    return !this.main.reaped && !this.#isGivenUp;
  }

  /**
   * Resolves after the end of the first process, then of everything else in the container, then of its output: a
   * pipe that somebody else still holds delays it by the drain window at most. The exits of execs are announced by then.
   * What a kill does not end within half a minute counts as killed.
   */
  ended(): Promise<ProcessEnd> {
    return this.#end;
  }

  /**
   * Sends `signal` to the first process, and kills the whole container when it is still there after
   * `graceMs`. Asked again while stopping, the earlier kill wins. Gives false once it has ended.
   */
  stop(signal: number, graceMs: number): boolean {
    if (!this.running || !this.main.signal(signal)) return false;
    this.#stopping = true;
    this.#planKill(graceMs);
    return true;
  }

  #planKill(graceMs: number): void {
    const killAtMs = performance.now() + graceMs;
    if (killAtMs >= this.#killAtMs) return;
    this.#killAtMs = killAtMs;
    clearTimeout(this.#killTimer);
    if (graceMs === 0) this.#kill();
    else this.#killTimer = setTimeout(() => this.#kill(), graceMs);
  }

  #kill(): void {
    this.#dependencies.log.info({ pid: this.pid }, 'the grace is over; killing the container');
    this.main.expectKill();
    if (!this.#hold.cgroup.kill()) this.main.signal(SIGKILL);
    this.#killTimer = setTimeout(() => this.#giveUp(), killPatienceMs);
  }

  /** The machine is about to end; what nothing ends goes with it. */
  #giveUp(): void {
    this.#dependencies.log.error({ pid: this.pid, patienceMs: killPatienceMs }, 'the container does not die');
    this.#isGivenUp = true;
    this.#undying.resolve({ reason: 'signaled', code: exitCodes.signalBase + SIGKILL, signal: SIGKILL });
  }

  async #awaitEnd(): Promise<ProcessEnd> {
    const end = await Promise.race([this.main.ended, this.#undying.promise]);
    clearTimeout(this.#killTimer);
    this.#hold.cgroup.kill();
    const execsEnded = this.execs.close();
    await this.main.stdio.drain(outputDrainMs);
    await withinDeadline(execsEnded, execsEndMs);
    const { native, log } = this.#dependencies;
    this.main.close();
    unmountTerminals(native, log, this.id);
    removeCopiedDirectories(native, log, this.id);
    await releaseCgroup(log, this.#hold);
    await this.#hooks.runAfterStop();
    return end;
  }
}
