import type { ExecParams } from '../../protocol/messages.ts';
import type { SpecUser } from '../../protocol/oci/runtime-spec.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { execPlan } from './exec-plan.ts';
import { execProcess } from './exec-process.ts';
import { refuseExec, refuseStart } from './exec-refusal.ts';
import type { ProcessStdio } from './process-stdio.ts';
import type { RunningProcess } from './running-process.ts';
import type { ProgramContext } from './process-plan.ts';
import type { RunnableProcess } from './runnable-spec.ts';
import { type ContainerDependencies, startProcess } from './start-process.ts';
import { connectTerminal, openDetached, openPipes } from './stdio.ts';
import { openContainerTerminal, reopenInContainer } from './terminals.ts';
import { resolveUser } from '../../protocol/oci/convert/user.ts';
import { readUserDatabase } from './user-database.ts';

/** The running container that a process is to join. */
export interface ExecSite extends ProgramContext {
  containerId: string;
  /** Its first process. The pidfd stays the container's. */
  pid: number;
  pidfd: number;
  /** What its first process was started as. */
  process: RunnableProcess;
  /** The cgroup directory for execs; stays the container's. */
  cgroupFd: number;
  /** See ExecPlanInput. */
  joinFlags: number;
  oomKills: () => number;
  /** Gives a user of the container as the machine knows it. */
  machineUser: (user: SpecUser) => SpecUser;
}

/** The container's root, as init reaches it. Anything in it is opened with `openInRoot` only. */
export function containerRoot(pid: number): string {
  return `/proc/${pid}/root`;
}

/** Opens what the request asks for; a terminal for a process without streams would have nobody at it. */
function openStdio(
  { native }: ContainerDependencies,
  channel: HostChannel,
  site: ExecSite,
  params: ExecParams,
): ProcessStdio {
  if (params.detach) return openDetached(native);
  const stdin = params.stdin ? { stdin: channel.allocateStream() } : {};
  const stdout = channel.allocateStream();
  if (params.terminal === undefined) {
    return openPipes(native, channel, { streams: { ...stdin, stdout, stderr: channel.allocateStream() } });
  }
  const terminal = openContainerTerminal(native, site.containerId, params.terminal);
  const slaveFd = reopenInContainer(native, containerRoot(site.pid), terminal);
  return connectTerminal(native, channel, { ...stdin, stdout }, { ...terminal, slaveFd });
}

/** The process as the request wants it. An unknown user is a FirstbornError of code `config`. */
function composeProcess(
  { native }: ContainerDependencies,
  site: ExecSite,
  params: ExecParams,
): RunnableProcess {
  const user =
    params.user === undefined
      ? undefined
      : resolveUser(params.user, readUserDatabase(native, containerRoot(site.pid)));
  return execProcess(site.process, params, user);
}

async function startIn(
  dependencies: ContainerDependencies,
  site: ExecSite,
  process: RunnableProcess,
  stdio: ProcessStdio,
  deadlineMs: number,
): Promise<RunningProcess> {
  const { containerId, joinFlags, lastCapability, seccomp, pidfd, cgroupFd, oomKills } = site;
  const start = await startProcess(dependencies, {
    plan: execPlan({
      containerId,
      joinFlags,
      process,
      machineUser: site.machineUser(process.user),
      stdio: stdio.child,
      containerPidfd: pidfd,
      lastCapability,
      seccomp,
    }),
    spawn: { namespaces: 0, cgroupFd, pidNamespaceFd: pidfd },
    stdio,
    command: process.args[0] ?? '',
    oomKills,
    deadlineMs,
  });
  if (start.state === 'not-started') throw refuseStart(start.failure);
  return start.process;
}

/**
 * Starts a process in a running container and waits until its program has taken over. Throws a RequestRefusal
 * when it has not, with the operation that is to blame and Docker's exit code; then nothing is left of it.
 */
export function launchExec(
  dependencies: ContainerDependencies,
  channel: HostChannel,
  site: ExecSite,
  params: ExecParams,
  deadlineMs: number,
): Promise<RunningProcess> {
  return launchWithStdio(dependencies, site, params, deadlineMs, () =>
    openStdio(dependencies, channel, site, params),
  );
}

/** The same with streams of another kind, which are opened once the process is known, and discarded if it never is. */
export async function launchWithStdio(
  dependencies: ContainerDependencies,
  site: ExecSite,
  params: ExecParams,
  deadlineMs: number,
  open: () => ProcessStdio,
): Promise<RunningProcess> {
  let stdio: ProcessStdio | undefined;
  try {
    const process = composeProcess(dependencies, site, params);
    stdio = open();
    return await startIn(dependencies, site, process, stdio, deadlineMs);
  } catch (error) {
    stdio?.discard();
    throw refuseExec(error, params.args[0] ?? '');
  }
}
