import { Plan } from '../../addon/plan.ts';
import {
  becomeProgram,
  beginSession,
  closeForeignDescriptors,
  connectDescriptors,
  joinKeyring,
  limitResources,
  ownTerminal,
  type ProgramContext,
  setOomScore,
} from './process-plan.ts';
import type { SpecUser } from '../../protocol/oci/runtime-spec.ts';
import type { ChildStdio } from './process-stdio.ts';
import { cpuMask } from './process-attributes.ts';
import type { RunnableProcess } from './runnable-spec.ts';

/** What the plan of an exec needs beside the process: things of this machine. */
export interface ExecPlanInput extends ProgramContext {
  containerId: string;
  process: RunnableProcess;
  /** Its user as the machine knows it. */
  machineUser: SpecUser;
  stdio: ChildStdio;
  /** A pidfd of the container's first process. */
  containerPidfd: number;
  /** CLONE_NEW* flags of what the container has of its own. Only a child can be in another pid namespace: the spawn sees to it. */
  joinFlags: number;
}

/**
 * All that happens between clone3 and execve in a process that joins a running container. What the workload can
 * have changed is only reached after the join, and by then only as the workload itself would.
 */
export function execPlan(input: ExecPlanInput): Plan {
  const { process, stdio, containerPidfd } = input;
  const plan = new Plan({ traced: false });
  // From the join to the exec it has descriptors of init; nothing in the container may reach for them (CVE-2016-9962).
  plan.setDumpable(false);
  if (stdio.kind === 'descriptors') connectDescriptors(plan, stdio.ends, input.machineUser);
  else {
    for (const fd of [0, 1, 2]) plan.duplicateFd(stdio.fd, fd);
    ownTerminal(plan, input.machineUser);
  }
  setOomScore(plan, process);
  // In a user namespace of the container's there is no privilege to raise them.
  limitResources(plan, process);
  joinKeyring(plan, input.containerId);
  plan.joinNamespaces(containerPidfd, input.joinFlags);
  closeForeignDescriptors(plan);
  beginSession(plan, stdio);
  plan.changeDirectory(process.cwd);
  const cpus = process.execCPUAffinity?.final ?? process.execCPUAffinity?.initial;
  if (cpus !== undefined) plan.setCpuAffinity(cpuMask(cpus));
  return becomeProgram(plan, process, input);
}
