import { closeSync, openSync } from 'node:fs';
import { CLONE_NEWUSER } from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import { describeError } from '../../protocol/errors.ts';
import { outputDrainMs } from '../../protocol/limits.ts';
import { exitCodes } from '../../protocol/names.ts';
import type { SpecMount } from '../../protocol/oci/runtime-spec.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import type { Log } from '../log/log.ts';
import type { IdentityFiles } from '../phases/identity.ts';
import { ContainerCgroup } from './cgroup.ts';
import { type CgroupHold, Container, releaseCgroup } from './container.ts';
import { containerPlan, waitingStages } from './container-plan.ts';
import { machineUser, writeIdMaps } from './user-namespace.ts';
import { ContainerHooks } from './hooks/container-hooks.ts';
import { ExecSessions } from './exec-sessions.ts';
import { makeCopiedDirectories } from './copied-directories.ts';
import { coveredModes } from './covered-modes.ts';
import { type MountSurroundings, prepareMounts } from './mount-sources.ts';
import { resolveMountTargets } from './mount-targets.ts';
import { type NamespacePlan, planNamespaces } from './namespaces.ts';
import { OomWatch } from './oom-watch.ts';
import type { SeccompProgram } from './process-plan.ts';
import type { ProcessStdio } from './process-stdio.ts';
import type { RunnableSpec } from './runnable-spec.ts';
import type { RunningProcess } from './running-process.ts';
import { compileFilter } from './seccomp-filter.ts';
import type { StartFailure } from './start-failure.ts';
import { terminalsPath } from './terminals.ts';
import { type ContainerDependencies, type ProcessStart, startProcess } from './start-process.ts';

/** A container to start. */
export interface ContainerOrder {
  id: string;
  spec: RunnableSpec;
  /** The assembled root in init's view. */
  rootPath: string;
  /** Mount points of init that the container's mount namespace must not keep. */
  hiddenMounts: readonly string[];
  /** Files that tell the container who and where it is; without them the root's own stay. */
  identity: IdentityFiles | undefined;
  /** Highest capability of the running kernel. */
  lastCapability: number;
  /** See `StartOrder`: for the machine's first container, before which there is nobody who waits. */
  headStart?: boolean;
  /** Taken over. Its terminal, if any, is in the devpts instance that `mountTerminals` made. */
  stdio: ProcessStdio;
}

const SIGKILL = 9;

export type StartResult =
  | { state: 'running'; container: Container }
  | { state: 'not-started'; failure: StartFailure };

/** What the child had to say is nothing, but the host waits for the ends of its streams. */
async function abandon(log: Log, stdio: ProcessStdio, hold: CgroupHold): Promise<void> {
  stdio.startOutput();
  await stdio.drain(outputDrainMs);
  await releaseCgroup(log, hold);
}

/** Everything that can be found wrong with a configuration before anything is made for it. */
function planContainer(
  order: ContainerOrder,
  specMounts: readonly SpecMount[],
  surroundings: MountSurroundings,
): {
  plan: Plan;
  namespaces: NamespacePlan;
  seccomp: SeccompProgram | undefined;
} {
  const { spec } = order;
  const namespaces = planNamespaces(spec.linux?.namespaces ?? []);
  const seccomp = compileFilter(spec);
  const mounts = prepareMounts(specMounts, surroundings);
  const plan = containerPlan({ ...order, namespaces, mounts, seccomp, stdio: order.stdio.child });
  return { plan, namespaces, seccomp };
}

/** Runs the hooks that follow the start. One that fails takes the container with it (RO 23). */
async function runAfterStart(
  main: RunningProcess,
  hooks: ContainerHooks,
  hold: CgroupHold,
): Promise<StartFailure | undefined> {
  try {
    await hooks.runAfterStart(main.pid);
    return undefined;
  } catch (error) {
    main.expectKill();
    if (!hold.cgroup.kill()) main.signal(SIGKILL);
    await main.ended;
    main.close();
    return { code: exitCodes.firstborn, message: describeError(error) };
  }
}

/** The process of a container, and what has been set up for it. */
async function launch(
  dependencies: ContainerDependencies,
  order: ContainerOrder,
  { plan, namespaces }: { plan: Plan; namespaces: NamespacePlan },
  {
    hold,
    hooks,
  }: { hold: CgroupHold & { cgroup: ContainerCgroup; oomWatch: OomWatch }; hooks: ContainerHooks },
): Promise<ProcessStart> {
  const { cloneFlags, pidPath } = namespaces;
  const pidNamespaceFd = pidPath === undefined ? -1 : openSync(pidPath, 'r');
  const start = await startProcess(dependencies, {
    plan,
    spawn: { namespaces: cloneFlags, cgroupFd: hold.cgroup.mainFd, pidNamespaceFd },
    stdio: order.stdio,
    command: order.spec.process.args[0] ?? '',
    headStart: order.headStart === true,
    oomKills: () => hold.oomWatch.count(),
    onWaiting: async (stage, child) => {
      if (stage === waitingStages.idMaps) writeIdMaps(child.pid, order.spec);
      else await hooks.runBefore(stage, child);
    },
  }).finally(() => {
    if (pidNamespaceFd !== -1) closeSync(pidNamespaceFd);
  });
  if (start.state === 'not-started') return start;
  const failure = await runAfterStart(start.process, hooks, hold);
  return failure === undefined ? start : { state: 'not-started', failure };
}

/**
 * Starts a container and waits until its program has taken over, or has not. Throws a FirstbornError of code `config`
 * for a configuration that can't be run, of code `guest` when the machine does not allow it; then nothing is left of it
 * but the streams, which are still the caller's.
 */
export async function startContainer(
  dependencies: ContainerDependencies,
  channel: HostChannel,
  order: ContainerOrder,
): Promise<StartResult> {
  const { native, log } = dependencies;
  const { id, spec, stdio, lastCapability } = order;
  const mounts = resolveMountTargets(order.rootPath, spec.mounts ?? []);
  const site = { containerId: id, rootPath: order.rootPath };
  const planned = planContainer(order, mounts, {
    terminals: terminalsPath(id),
    copies: makeCopiedDirectories(native, log, mounts, site),
    modes: coveredModes(native, order.rootPath, mounts),
    root: machineUser(spec, { uid: 0, gid: 0 }),
  });
  const cgroup = ContainerCgroup.create(native, log, id, spec.linux ?? {});
  const oomWatch = new OomWatch(cgroup.path, log, (kills) =>
    channel.announce({ event: 'oom', container: id, kills }),
  );
  const hold = { cgroup, oomWatch };
  const hooks = new ContainerHooks(dependencies, {
    ...order,
    joinFlags: planned.namespaces.joinFlags & ~CLONE_NEWUSER,
  });
  const start = await launch(dependencies, order, planned, { hold, hooks }).catch(async (error: unknown) => {
    cgroup.kill();
    await releaseCgroup(log, hold);
    throw error;
  });
  if (start.state === 'not-started') {
    await abandon(log, stdio, hold);
    await hooks.runAfterStop();
    return start;
  }
  const { process: main } = start;
  const execs = new ExecSessions(dependencies, channel, {
    containerId: id,
    pid: main.pid,
    pidfd: main.pidfd,
    process: spec.process,
    cgroupFd: cgroup.execFd,
    lastCapability,
    joinFlags: planned.namespaces.joinFlags,
    machineUser: (user) => machineUser(spec, user),
    seccomp: planned.seccomp,
    oomKills: () => oomWatch.count(),
  });
  return { state: 'running', container: new Container(dependencies, { id, main, execs, hooks, ...hold }) };
}
