import { capabilities, capabilityMask, resourceLimits } from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import { environmentValue, executableCandidates } from './environment.ts';
import type { ChildStdio } from './process-stdio.ts';
import type { RuntimeProcess } from './runtime-config.ts';
import { terminalGroup } from './terminals.ts';

/** The steps that every process in a container goes through, its first one and those of exec. */

/** Puts descriptors of init onto 0, 1 and 2. Pipes become the user's, so that /dev/stdout can be opened again. */
export function connectDescriptors(
  plan: Plan,
  ends: Extract<ChildStdio, { kind: 'descriptors' }>['ends'],
  { uid, gid }: RuntimeProcess['user'],
): void {
  ends.forEach(({ fd, isPipe }, index) => {
    plan.duplicateFd(fd, index);
    if (isPipe) plan.changeOwnerOfFd(index, uid, gid, { accept: ['EPERM', 'EROFS'] });
  });
}

/** The terminal on 0 becomes the user's, as login(1) does it. */
export function ownTerminal(plan: Plan, { uid }: RuntimeProcess['user']): void {
  plan.changeOwnerOfFd(0, uid, terminalGroup, { accept: ['EPERM', 'EROFS'] });
}

/** A session of its own, with the terminal on 0 if there is one. */
export function beginSession(plan: Plan, stdio: ChildStdio): void {
  plan.newSession();
  if (stdio.kind === 'terminal') plan.setControllingTerminal(0);
}

/**
 * Gives up init's descriptors. Before the first path that the container has a say in: through /proc/self/fd a directory
 * of init's would lead out of it, from a link that the image has for its program as well (CVE-2024-21626). That they
 * are closed on exec comes too late for that.
 */
export function closeForeignDescriptors(plan: Plan): void {
  plan.closeFds(3);
}

export function limitResources(plan: Plan, process: RuntimeProcess): void {
  for (const { type, soft, hard } of process.rlimits) plan.setResourceLimit(resourceLimits[type], soft, hard);
}

/** From the most privileged to the least, in runc's order; what each step needs is still there. */
function dropPrivileges(plan: Plan, process: RuntimeProcess, lastCapability: number): void {
  const sets = process.capabilities;
  if (process.noNewPrivileges) plan.setNoNewPrivileges();
  const bounding = new Set(sets.bounding.map((name) => capabilities[name]));
  for (let capability = 0; capability <= lastCapability; capability += 1) {
    if (!bounding.has(capability as (typeof capabilities)['CAP_CHOWN']))
      plan.dropBoundingCapability(capability);
  }
  plan
    .setKeepCapabilities(true)
    .setGroups(process.user.additionalGids)
    .setGroupId(process.user.gid)
    .setUserId(process.user.uid)
    .setKeepCapabilities(false)
    .setCapabilities({
      effective: capabilityMask(sets.effective),
      permitted: capabilityMask(sets.permitted),
      inheritable: capabilityMask(sets.inheritable),
    })
    .clearAmbientCapabilities();
  for (const name of sets.ambient) plan.raiseAmbientCapability(capabilities[name]);
}

/** The last steps: privileges go, and the program takes over. */
export function becomeProgram(plan: Plan, process: RuntimeProcess, lastCapability: number): Plan {
  dropPrivileges(plan, process, lastCapability);
  const [command = ''] = process.args;
  const path = environmentValue(process.env, 'PATH') ?? '';
  return plan
    .checkWorkingDirectory()
    .setUmask(process.user.umask)
    .execute(executableCandidates(command, path), process.args, process.env);
}
