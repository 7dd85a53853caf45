import type { ExecParams } from '../../protocol/messages.ts';
import type { HostChannel } from '../channel/host-channel.ts';
import { execPlan } from './exec-plan.ts';
import { execProcess } from './exec-process.ts';
import { refuseExec, refuseStart } from './exec-refusal.ts';
import type { ProcessStdio } from './process-stdio.ts';
import type { RunningProcess } from './running-process.ts';
import type { RuntimeProcess } from './runtime-config.ts';
import { type ContainerDependencies, startProcess } from './start-process.ts';
import { connectTerminal, openDetached, openPipes } from './stdio.ts';
import { openContainerTerminal, reopenInContainer } from './terminals.ts';
import { resolveUser } from './user.ts';
import { readUserDatabase } from './user-database.ts';

/** The running container that a process is to join. */
export interface ExecSite {
  containerId: string;
  /** Its first process. The pidfd stays the container's. */
  pid: number;
  pidfd: number;
  /** What its first process was started as. */
  process: RuntimeProcess;
  /** The cgroup directory for execs; stays the container's. */
  cgroupFd: number;
  /** Highest capability of the running kernel. */
  lastCapability: number;
  oomKills: () => number;
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
): RuntimeProcess {
  const user =
    params.user === undefined
      ? undefined
      : resolveUser(params.user, readUserDatabase(native, containerRoot(site.pid)));
  return execProcess(site.process, params, user);
}

async function startIn(
  dependencies: ContainerDependencies,
  site: ExecSite,
  process: RuntimeProcess,
  stdio: ProcessStdio,
  deadlineMs: number,
): Promise<RunningProcess> {
  const { lastCapability, pidfd, cgroupFd, oomKills } = site;
  const start = await startProcess(dependencies, {
    plan: execPlan({ process, stdio: stdio.child, containerPidfd: pidfd, lastCapability }),
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
export async function launchExec(
  dependencies: ContainerDependencies,
  channel: HostChannel,
  site: ExecSite,
  params: ExecParams,
  deadlineMs: number,
): Promise<RunningProcess> {
  let stdio: ProcessStdio | undefined;
  try {
    const process = composeProcess(dependencies, site, params);
    stdio = openStdio(dependencies, channel, site, params);
    return await startIn(dependencies, site, process, stdio, deadlineMs);
  } catch (error) {
    stdio?.discard();
    throw refuseExec(error, params.args[0] ?? '');
  }
}
