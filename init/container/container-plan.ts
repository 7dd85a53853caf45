import { resolve } from 'node:path/posix';
import {
  CLONE_NEWNS,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  MS_BIND,
  NETLINK_ROUTE,
  O_NOCTTY,
  O_RDONLY,
  O_RDWR,
} from '../../addon/constants.ts';
import { Plan, slotCount } from '../../addon/plan.ts';
import { setLinkUp } from '../../addon/rtnetlink.ts';
import type { HookStage, SpecLinux, SpecProcess } from '../../protocol/oci/runtime-spec.ts';
import type { IdentityFiles } from '../phases/identity.ts';
import { addDevices } from './devices-plan.ts';
import { addMounts, maxBindSources, sealTmpfs } from './mounts-plan.ts';
import { isBind, type PreparedMount } from './mount-sources.ts';
import type { NamespacePlan } from './namespaces.ts';
import { timeOffsetsText } from './namespace-maps.ts';
import { personalityNumber } from './process-attributes.ts';
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
import type { ChildStdio } from './process-stdio.ts';
import { propagationFlags } from './mount-options.ts';
import {
  enterRoot,
  isolateMounts,
  makeReadonly,
  makeRootReadonly,
  maskPath,
  rootCgroupNamespace,
} from './root-plan.ts';
import type { RunnableSpec } from './runnable-spec.ts';
import { machineUser } from './user-namespace.ts';
import { writeSysctls } from './sysctls.ts';

/** What the plan needs beside the configuration: things of this machine. */
export interface ContainerPlanInput extends ProgramContext {
  id: string;
  spec: RunnableSpec;
  namespaces: NamespacePlan;
  /** The configuration's mounts, looked at by `prepareMounts`. */
  mounts: readonly PreparedMount[];
  /** The assembled root in init's view. */
  rootPath: string;
  /** Mount points of init that the container's mount namespace must not keep. */
  hiddenMounts: readonly string[];
  stdio: ChildStdio;
  /** Files that tell the container who and where it is; without them the root's own stay. */
  identity: IdentityFiles | undefined;
}

/** The stages at which the child waits for init to run hooks or to map its ids, by the number that `awaitParent` says. */
export const waitingStages = { createRuntime: 1, createContainer: 2, startContainer: 3, idMaps: 4 } as const;
export type WaitingStage = keyof typeof waitingStages;

/** The kernel makes it as the first link of every network namespace. */
const loopbackIndex = 1;

/** The last slot is for the terminal and for namespaces, which are joined one after the other. */
const spareSlot = slotCount - 1;
if (spareSlot < maxBindSources) throw new RangeError('expected a slot beside those of bind sources');

function joinNamespaces(plan: Plan, { joined }: NamespacePlan): void {
  for (const { flag, path } of joined) {
    plan.openPath(spareSlot, path, O_RDONLY);
    plan.setNamespace(spareSlot, flag);
  }
}

/** An image without a usable /etc gets no files there and runs all the same. */
function writeIdentity(plan: Plan, identity: IdentityFiles): void {
  plan.makeDirectories('/etc', 0o755, { orWarn: true });
  const files = [
    ['/etc/hostname', identity.hostname],
    ['/etc/hosts', identity.hosts],
    ['/etc/resolv.conf', identity.resolvConf],
  ] as const;
  for (const [path, content] of files) {
    if (content === undefined) continue;
    // Images ship links here that point to files of a service manager that does not run.
    plan.remove(path, { accept: ['ENOENT', 'ENOTDIR', 'EISDIR'], orWarn: true });
    plan.writeFile(path, content, { create: true, truncate: true, mode: 0o644 }, { orWarn: true });
  }
  plan.symlink('../proc/self/mounts', '/etc/mtab', {
    accept: ['EEXIST', 'ENOENT', 'ENOTDIR'],
    orWarn: true,
  });
}

/**
 * The terminal by its path in the container, so that ttyname(3) finds it, and as the console (runtime-spec,
 * config.md, "terminal"). /dev is fresh: nothing of the image lies at these paths.
 */
function connectTerminal(plan: Plan, path: string, user: SpecProcess['user']): void {
  plan.openPath(spareSlot, path, O_RDWR | O_NOCTTY);
  for (const fd of [0, 1, 2]) plan.duplicateSlot(spareSlot, fd);
  ownTerminal(plan, user);
  plan
    .writeFile('/dev/console', '', { create: true, mode: 0o600 })
    .mount({ source: path, target: '/dev/console', flags: MS_BIND });
}

function awaitHooks(
  plan: Plan,
  { hooks }: RunnableSpec,
  stages: readonly HookStage[],
  stage: WaitingStage,
): void {
  if (stages.some((name) => (hooks?.[name]?.length ?? 0) > 0)) plan.awaitParent(waitingStages[stage]);
}

/** The clocks of a new time namespace are set before its first process enters it (time_namespaces(7)). */
function enterTimeNamespace(plan: Plan, offsets: NonNullable<SpecLinux['timeOffsets']>): void {
  const text = timeOffsetsText(offsets);
  plan.unshare(CLONE_NEWTIME);
  if (text !== '') plan.writeFile('/proc/self/timens_offsets', text);
  plan
    .openPath(spareSlot, '/proc/self/ns/time_for_children', O_RDONLY)
    .setNamespace(spareSlot, CLONE_NEWTIME);
}

/** Names, limits of the kernel's own and loopback: what belongs to namespaces and not to files. */
function setUpNamespaces(plan: Plan, { spec, namespaces }: ContainerPlanInput): void {
  if (namespaces.ownNetwork) plan.netlink(NETLINK_ROUTE, setLinkUp(loopbackIndex));
  if (namespaces.ownTime) enterTimeNamespace(plan, spec.linux?.timeOffsets ?? {});
  if (spec.hostname !== undefined) plan.setHostname(spec.hostname);
  if (spec.domainname !== undefined) plan.setDomainname(spec.domainname);
  writeSysctls(plan, spec.linux?.sysctl ?? {});
}

/** A /dev that is bound is somebody else's, the machine's own perhaps: nothing is made in it, as with runc. */
const hasBoundDev = ({ mounts = [] }: RunnableSpec): boolean =>
  mounts.some((mount) => isBind(mount) && resolve('/', mount.destination) === '/dev');

/** Hides and seals what the configuration names, once nothing is written any more. */
function sealRoot(plan: Plan, { spec, mounts }: ContainerPlanInput): void {
  const { root, linux = {} } = spec;
  sealTmpfs(plan, mounts);
  for (const path of linux.maskedPaths ?? []) maskPath(plan, path);
  for (const path of linux.readonlyPaths ?? []) makeReadonly(plan, path);
  if (root?.readonly === true) makeRootReadonly(plan);
  for (const flags of propagationFlags(linux.rootfsPropagation)) plan.mount({ target: '/', flags });
}

/** All that happens between clone3 and execve in a container's first process (`peers`: runc's order). */
export function containerPlan(input: ContainerPlanInput): Plan {
  const { spec, stdio, namespaces } = input;
  const { process, linux = {} } = spec;
  const user = machineUser(spec, process.user);
  // What fails in it says itself where: its operation, its arguments, the errno.
  const plan = new Plan({ traced: false });
  if (stdio.kind === 'descriptors') connectDescriptors(plan, stdio.ends, user);
  closeForeignDescriptors(plan);
  isolateMounts(plan);
  joinNamespaces(plan, namespaces);
  if (namespaces.ownCgroup) rootCgroupNamespace(plan);
  setUpNamespaces(plan, input);
  setOomScore(plan, process);
  joinKeyring(plan, input.id);
  awaitHooks(plan, spec, ['prestart', 'createRuntime'], 'createRuntime');
  enterRoot(plan, input);
  // Before the mounts: a volume on /etc keeps its own files.
  if (input.identity !== undefined) writeIdentity(plan, input.identity);
  addMounts(plan, input.mounts);
  if (!hasBoundDev(spec)) addDevices(plan, linux.devices ?? []);
  if (stdio.kind === 'terminal') connectTerminal(plan, stdio.path, user);
  awaitHooks(plan, spec, ['createContainer'], 'createContainer');
  beginSession(plan, stdio);
  limitResources(plan, process);
  if (linux.personality !== undefined) plan.setPersonality(personalityNumber(linux.personality));
  plan.makeDirectories(process.cwd, 0o755);
  sealRoot(plan, input);
  plan.changeDirectory(process.cwd);
  awaitHooks(plan, spec, ['startContainer'], 'startContainer');
  if (namespaces.ownUsers) plan.unshare(CLONE_NEWUSER | CLONE_NEWNS).awaitParent(waitingStages.idMaps);
  return becomeProgram(plan, process, input);
}
