import { capabilities, capabilityMask, resourceLimits, RLIM_INFINITY } from '../../addon/constants.ts';
import type { Plan } from '../../addon/plan.ts';
import type { SpecProcess } from '../../protocol/oci/runtime-spec.ts';
import { environmentValue, executableCandidates } from '../../protocol/oci/convert/environment.ts';
import { ioPriorityNumber, schedulerAttributes } from './process-attributes.ts';
import type { ChildStdio } from './process-stdio.ts';
import type { RunnableProcess } from './runnable-spec.ts';

/** The steps that every process in a container goes through, its first one and those of exec. */

/** The filter of a container, compiled: struct sock_filter and the flags of seccomp(2). */
export interface SeccompProgram {
  program: Uint8Array;
  flags: number;
}

/** What the last steps need beside the process. */
export interface ProgramContext {
  /** Highest capability of the running kernel. */
  lastCapability: number;
  seccomp: SeccompProgram | undefined;
}

const defaultUmask = 0o022;

/** Puts descriptors of init onto 0, 1 and 2. Pipes become the user's, so that /dev/stdout can be opened again. */
export function connectDescriptors(
  plan: Plan,
  ends: Extract<ChildStdio, { kind: 'descriptors' }>['ends'],
  { uid, gid }: SpecProcess['user'],
): void {
  ends.forEach(({ fd, isPipe }, index) => {
    plan.duplicateFd(fd, index);
    if (isPipe) plan.changeOwnerOfFd(index, uid, gid, { accept: ['EPERM', 'EROFS'] });
  });
}

/** chown(2) leaves this id as it is; the group of a terminal is that of its devpts. */
const unchanged = 0xffff_ffff;

/** The terminal on 0 becomes the user's, as login(1) does it. */
export function ownTerminal(plan: Plan, { uid }: SpecProcess['user']): void {
  plan.changeOwnerOfFd(0, uid, unchanged, { accept: ['EPERM', 'EROFS'] });
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

const limitValue = (value: number): number | bigint => (value === -1 ? RLIM_INFINITY : value);

/** Limits and priorities, which take privileges that the process may not keep. */
export function limitResources(plan: Plan, process: SpecProcess): void {
  for (const { type, soft, hard } of process.rlimits ?? [])
    plan.setResourceLimit(resourceLimits[type], limitValue(soft), limitValue(hard));
  if (process.scheduler !== undefined) plan.setScheduler(schedulerAttributes(process.scheduler));
  if (process.ioPriority !== undefined) plan.setIoPriority(ioPriorityNumber(process.ioPriority));
}

/** keyrings(7): all to who possesses it, and to its user all but to change it: who joins has to find it first. */
const keyringPermissions = 0x3f1b_0000;

/** The keys of a container are its own, not init's and not another's; named as runc names them. */
export function joinKeyring(plan: Plan, containerId: string): void {
  plan.joinSessionKeyring(`_ses.${containerId}`, keyringPermissions, { accept: ['ENOSYS'] });
}

/** The process's place in the kernel's order of killing for memory. By init's own /proc: a container's may be anything. */
export function setOomScore(plan: Plan, { oomScoreAdj }: SpecProcess): void {
  // init's own, which a child has at first, spares it whatever happens.
  plan.writeFile('/proc/self/oom_score_adj', String(oomScoreAdj ?? 0));
}

function setCapabilitySets(plan: Plan, process: SpecProcess, extra = 0n): void {
  const sets = process.capabilities ?? {};
  plan.setCapabilities({
    effective: capabilityMask(sets.effective ?? []) | extra,
    permitted: capabilityMask(sets.permitted ?? []) | extra,
    inheritable: capabilityMask(sets.inheritable ?? []),
  });
}

/** From the most privileged to the least, in runc's order; what each step needs is still there. */
function changeUser(plan: Plan, process: SpecProcess, lastCapability: number): void {
  const bounding = new Set<number>((process.capabilities?.bounding ?? []).map((name) => capabilities[name]));
  for (let capability = 0; capability <= lastCapability; capability += 1) {
    if (!bounding.has(capability)) plan.dropBoundingCapability(capability);
  }
  plan
    .setKeepCapabilities(true)
    .setGroups([...new Set(process.user.additionalGids)])
    .setGroupId(process.user.gid)
    .setUserId(process.user.uid)
    .setKeepCapabilities(false);
}

/**
 * The filter comes as late as it can: every call behind it must pass it, and there are only those that give up the last
 * capabilities, the word to init and the exec. Without no_new_privs, installing it takes CAP_SYS_ADMIN (seccomp(2)).
 */
function filterSystemCalls(plan: Plan, process: SpecProcess, { program, flags }: SeccompProgram): void {
  if (process.noNewPrivileges !== true)
    setCapabilitySets(plan, process, 1n << BigInt(capabilities.CAP_SYS_ADMIN));
  plan.setSeccompFilter(program, flags);
}

/** The last steps: privileges go, and the program takes over. */
export function becomeProgram(plan: Plan, process: RunnableProcess, context: ProgramContext): Plan {
  const path = environmentValue(process.env ?? [], 'PATH') ?? '';
  plan.checkWorkingDirectory().setUmask(process.user.umask ?? defaultUmask);
  if (process.noNewPrivileges === true) plan.setNoNewPrivileges();
  changeUser(plan, process, context.lastCapability);
  if (context.seccomp !== undefined) filterSystemCalls(plan, process, context.seccomp);
  setCapabilitySets(plan, process);
  plan.clearAmbientCapabilities();
  // One that is not permitted and inheritable can't be raised (capabilities(7)); `runc spec` lists some such.
  for (const name of process.capabilities?.ambient ?? [])
    plan.raiseAmbientCapability(capabilities[name], { accept: ['EPERM'] });
  const [command = ''] = process.args;
  return plan.execute(executableCandidates(command, path), process.args, process.env ?? []);
}
