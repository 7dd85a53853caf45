import { namespaceFlags } from '../../addon/constants.ts';
import { outputDrainMs } from '../../protocol/limits.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import type { Log } from '../log/log.ts';
import { ContainerCgroup } from './cgroup.ts';
import type { CgroupLimits } from './cgroup-limits.ts';
import { type CgroupHold, Container, releaseCgroup } from './container.ts';
import { type ContainerPlanInput, containerPlan } from './container-plan.ts';
import { ExecSessions } from './exec-sessions.ts';
import { OomWatch } from './oom-watch.ts';
import type { ProcessStdio } from './process-stdio.ts';
import type { RuntimeNamespace } from './runtime-config.ts';
import type { StartFailure } from './start-failure.ts';
import { type ContainerDependencies, startProcess } from './start-process.ts';

/** The cgroup namespace is entered by the child: clone3 would root it at init's cgroup, not at the new one. */
const cloneFlags: Record<RuntimeNamespace, number> = {
  mount: namespaceFlags.CLONE_NEWNS,
  pid: namespaceFlags.CLONE_NEWPID,
  ipc: namespaceFlags.CLONE_NEWIPC,
  uts: namespaceFlags.CLONE_NEWUTS,
  cgroup: 0,
};

/** A container to start. */
export interface ContainerOrder {
  id: string;
  plan: Omit<ContainerPlanInput, 'stdio'>;
  limits: CgroupLimits;
  /** Taken over. Its terminal, if any, is in the devpts instance that `mountTerminals` made. */
  stdio: ProcessStdio;
}

export type StartResult =
  | { state: 'running'; container: Container }
  | { state: 'not-started'; failure: StartFailure };

/** What the child had to say is nothing, but the host waits for the ends of its streams. */
async function abandon(log: Log, stdio: ProcessStdio, hold: CgroupHold): Promise<void> {
  stdio.startOutput();
  await stdio.drain(outputDrainMs);
  await releaseCgroup(log, hold);
}

/** Starts a container and waits until its program has taken over, or has not. */
export async function startContainer(
  dependencies: ContainerDependencies,
  channel: HostChannel,
  order: ContainerOrder,
): Promise<StartResult> {
  const { native, log } = dependencies;
  const { id, stdio } = order;
  const { config, lastCapability } = order.plan;
  const plan = containerPlan({ ...order.plan, stdio: stdio.child });
  const namespaces = config.linux.namespaces.reduce((flags, name) => flags | cloneFlags[name], 0);
  const cgroup = ContainerCgroup.create(native, log, id, order.limits);
  const oomWatch = new OomWatch(cgroup.path, log, (kills) =>
    channel.announce({ event: 'oom', container: id, kills }),
  );
  const oomKills = (): number => oomWatch.count();
  const start = await startProcess(dependencies, {
    plan,
    spawn: { namespaces, cgroupFd: cgroup.mainFd },
    stdio,
    command: config.process.args[0] ?? '',
    oomKills,
  });
  if (start.state === 'not-started') {
    await abandon(log, stdio, { cgroup, oomWatch });
    return start;
  }
  const { process: main } = start;
  const execs = new ExecSessions(dependencies, channel, {
    containerId: id,
    pid: main.pid,
    pidfd: main.pidfd,
    process: config.process,
    cgroupFd: cgroup.execFd,
    lastCapability,
    oomKills,
  });
  const container = new Container(dependencies, { id, main, execs, cgroup, oomWatch });
  return { state: 'running', container };
}
