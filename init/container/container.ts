import { closeSync } from 'node:fs';
import type { Native, ReapedChild, SpawnResult } from '../../addon/native.ts';
import { namespaceFlags } from '../../addon/constants.ts';
import { outputDrainMs } from '../../protocol/limits.ts';
import { logWarnings } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import type { Reaper } from '../supervision/reaper.ts';
import { ContainerCgroup } from './cgroup.ts';
import { type ContainerPlanInput, containerPlan } from './container-plan.ts';
import { awaitExec } from './handshake.ts';
import type { RuntimeNamespace } from './runtime-config.ts';
import { explainStartFailure, type StartFailure } from './start-failure.ts';
import { closeChildEnds, type Stdio } from './stdio.ts';
import type { Plan } from '../../addon/plan.ts';
import type { Handshake } from '../../addon/spawn.ts';

const SIGKILL = 9;

/** The cgroup namespace is entered by the child: clone3 would root it at init's cgroup, not at the new one. */
const cloneFlags: Record<RuntimeNamespace, number> = {
  mount: namespaceFlags.CLONE_NEWNS,
  pid: namespaceFlags.CLONE_NEWPID,
  ipc: namespaceFlags.CLONE_NEWIPC,
  uts: namespaceFlags.CLONE_NEWUTS,
  cgroup: 0,
};

export interface ContainerDependencies {
  native: Native;
  log: Log;
  reaper: Reaper;
}

export type StartResult =
  | { state: 'running'; container: Container }
  | { state: 'not-started'; failure: StartFailure };

/** One running container: its first process, its cgroup and its streams. */
export class Container {
  readonly pid: number;
  readonly #dependencies: ContainerDependencies;
  readonly #pidfd: number;
  readonly #cgroup: ContainerCgroup;
  readonly #stdio: Stdio;
  readonly #exit: Promise<ReapedChild>;
  #stopping = false;
  #reaped = false;
  #killTimer: NodeJS.Timeout | undefined;
  /** When the planned kill comes, by performance.now(). */
  #killAtMs = Number.POSITIVE_INFINITY;

  constructor(
    dependencies: ContainerDependencies,
    child: SpawnResult,
    exit: Promise<ReapedChild>,
    cgroup: ContainerCgroup,
    stdio: Stdio,
  ) {
    this.#dependencies = dependencies;
    this.pid = child.pid;
    this.#pidfd = child.pidfd;
    this.#cgroup = cgroup;
    this.#stdio = stdio;
    this.#exit = exit;
  }

  /** Lets the output flow. What has been written before waits in the pipes. */
  startOutput(): void {
    for (const output of this.#stdio.outputs) output.start();
  }

  /**
   * Waits for the end of the first process, then of everything else in the container, then for its output:
   * a pipe that somebody else still holds delays it by the drain window at most.
   */
  async ended(): Promise<ReapedChild> {
    const child = await this.#exit;
    this.#reaped = true;
    clearTimeout(this.#killTimer);
    this.#cgroup.kill();
    this.#stdio.input?.close();
    for (const output of this.#stdio.outputs) output.finishWhenIdle(outputDrainMs);
    await Promise.all(this.#stdio.outputs.map((output) => output.ended));
    closeSync(this.#pidfd);
    await this.#cgroup.remove().catch((error: unknown) => {
      this.#dependencies.log.warn({ err: error }, 'the cgroup of an ended container stays');
    });
    return child;
  }

  /**
   * Sends `signal` to the first process, and kills the whole container when it is still there after
   * `graceMs`. Asked again while stopping, the earlier kill wins. Gives false once it has ended.
   */
  stop(signal: number, graceMs: number): boolean {
    if (!this.signal(signal)) return false;
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

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Sends a signal to the first process. Gives false when it has ended. */
  signal(signal: number): boolean {
    if (this.#reaped) return false; // its descriptor may be another process's by now
    try {
      this.#dependencies.native.signalPidfd(this.#pidfd, signal);
      return true;
    } catch {
      return false; // reaped a moment ago
    }
  }

  #kill(): void {
    this.#dependencies.log.info({ pid: this.pid }, 'the grace is over; killing the container');
    if (!this.#cgroup.kill()) this.signal(SIGKILL);
  }
}

/** What a child that did not get to its program died of. */
async function reportFailure(
  plan: Plan,
  command: string,
  outcome: Handshake,
  exit: Promise<ReapedChild>,
): Promise<StartFailure> {
  if (outcome.state === 'failed') return explainStartFailure(plan, outcome.failure, command);
  const child = await exit;
  const how = child.state === 'signaled' ? `by signal ${child.signal}` : `with code ${child.code}`;
  return {
    code: 125,
    message: `Cannot start "${command}": the process ended ${how} before it could execute it`,
  };
}

/**
 * Starts a container and waits until its program has taken over, or has not. Takes over `stdio`; closes the
 * child's ends of it in any case.
 */
export async function startContainer(
  dependencies: ContainerDependencies,
  id: string,
  input: ContainerPlanInput,
  stdio: Stdio,
): Promise<StartResult> {
  const { native, log, reaper } = dependencies;
  const plan = containerPlan(input);
  const namespaces = input.config.linux.namespaces.reduce((flags, name) => flags | cloneFlags[name], 0);
  const cgroup = ContainerCgroup.create(native, log, id);
  const child = native.spawn(plan.bytes(), { namespaces, cgroupFd: cgroup.fd });
  const exit = reaper.exitOf(child.pid);
  cgroup.closeFd();
  closeChildEnds(stdio);
  const command = input.config.process.args[0] ?? '';
  const outcome = await awaitExec(native, child.handshakeFd, command);
  logWarnings(log, plan, outcome.warnings);
  const container = new Container(dependencies, child, exit, cgroup, stdio);
  if (outcome.state === 'executed') return { state: 'running', container };
  const failure = await reportFailure(plan, command, outcome, exit);
  container.startOutput();
  await container.ended();
  return { state: 'not-started', failure };
}
