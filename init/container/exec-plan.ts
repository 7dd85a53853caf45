import { CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNS, CLONE_NEWUTS } from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import {
  becomeProgram,
  beginSession,
  closeForeignDescriptors,
  connectDescriptors,
  limitResources,
  ownTerminal,
} from './process-plan.ts';
import type { ChildStdio } from './process-stdio.ts';
import type { RuntimeProcess } from './runtime-config.ts';

/** What the plan of an exec needs beside the process: things of this machine. */
export interface ExecPlanInput {
  process: RuntimeProcess;
  stdio: ChildStdio;
  /** A pidfd of the container's first process. */
  containerPidfd: number;
  /** Highest capability of the running kernel. */
  lastCapability: number;
}

/** The pid namespace is not among them: only a child can be in another one, so the spawn sees to it. */
const joinedNamespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

/**
 * All that happens between clone3 and execve in a process that joins a running container. What the workload can
 * have changed is only reached after the join, and by then only as the workload itself would.
 */
export function execPlan({ process, stdio, containerPidfd, lastCapability }: ExecPlanInput): Plan {
  const plan = new Plan();
  // From the join to the exec it has descriptors of init; nothing in the container may reach for them (CVE-2016-9962).
  plan.setDumpable(false);
  if (stdio.kind === 'descriptors') connectDescriptors(plan, stdio.ends, process.user);
  else {
    for (const fd of [0, 1, 2]) plan.duplicateFd(stdio.fd, fd);
    ownTerminal(plan, process.user);
  }
  // By init's own /proc: the container's may be anything by now.
  plan.writeFile('/proc/self/oom_score_adj', String(process.oomScoreAdj));
  plan.joinNamespaces(containerPidfd, joinedNamespaces);
  closeForeignDescriptors(plan);
  beginSession(plan, stdio);
  limitResources(plan, process);
  plan.changeDirectory(process.cwd);
  return becomeProgram(plan, process, lastCapability);
}
