import {
  AT_RECURSIVE,
  capabilities,
  capabilityMask,
  CLONE_NEWCGROUP,
  MNT_DETACH,
  MS_BIND,
  MS_MOVE,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  OPEN_TREE_CLONE,
  resourceLimits,
} from '../../addon/constants.ts';
import { Plan } from '../../addon/plan.ts';
import type { IdentityFiles } from '../phases/identity.ts';
import { environmentValue, executableCandidates } from './environment.ts';
import { parseMountOptions } from './mount-options.ts';
import type { RuntimeConfig, RuntimeMount, RuntimeProcess } from './runtime-config.ts';

/** What the plan needs beside the configuration: things of this machine. */
export interface ContainerPlanInput {
  config: RuntimeConfig;
  /** The assembled root in init's view. */
  rootPath: string;
  /** Mount points of init that the container's mount namespace must not keep. */
  hiddenMounts: readonly string[];
  /** Descriptors of init that become 0, 1 and 2, with whether they are pipes (then the user owns them). */
  stdio: readonly { fd: number; isPipe: boolean }[];
  identity: IdentityFiles;
  /** Highest capability of the running kernel. */
  lastCapability: number;
}

/** Slots 0 to 7 of the plan carry bind sources across the change of root. */
const maxBindSources = 8;

const isBind = (mount: RuntimeMount): boolean =>
  mount.options.includes('bind') || mount.options.includes('rbind');

/** Opens what lies outside the new root while it can still be reached. */
function openBindSources(plan: Plan, binds: readonly RuntimeMount[]): void {
  if (binds.length > maxBindSources) {
    throw new RangeError(`Cannot bind ${binds.length} sources, at most ${maxBindSources}`);
  }
  binds.forEach((mount, slot) => plan.openTree(slot, mount.source, OPEN_TREE_CLONE | AT_RECURSIVE));
}

/**
 * Makes the container's root the root of this mount namespace. pivot_root(2) refuses an initramfs, so the
 * root is moved over `/` and entered. init's own mounts are detached first: what stays underneath can't be
 * named from inside, and holds neither config nor devices.
 */
function enterRoot(plan: Plan, input: ContainerPlanInput): void {
  plan.mount({ target: '/', flags: MS_REC | MS_PRIVATE });
  plan.unshare(CLONE_NEWCGROUP);
  openBindSources(plan, input.config.mounts.filter(isBind));
  for (const path of input.hiddenMounts) plan.unmount(path, MNT_DETACH, { accept: ['EINVAL', 'ENOENT'] });
  plan
    .changeDirectory(input.rootPath)
    .mount({ source: '.', target: '/', flags: MS_MOVE })
    .changeRoot('.')
    .changeDirectory('/');
}

function addMounts(plan: Plan, mounts: readonly RuntimeMount[]): void {
  let bindSlot = 0;
  for (const mount of mounts) {
    const { flags, data } = parseMountOptions(mount.options);
    const { destination: target, source, type } = mount;
    plan.makeDirectories(target, 0o755);
    if (isBind(mount)) {
      plan.moveMount(bindSlot, target);
      // A bind takes the flags of its source; its own need a second call.
      plan.mount({ target, flags: flags | MS_BIND | MS_REMOUNT });
      bindSlot += 1;
    } else {
      plan.mount({ source, target, type, flags, data });
    }
  }
}

function addDevices(plan: Plan, config: RuntimeConfig): void {
  for (const { path, type, major, minor, fileMode } of config.linux.devices) {
    plan.makeNode(path, type, fileMode, major, minor);
  }
  plan
    .symlink('/proc/self/fd', '/dev/fd')
    .symlink('/proc/self/fd/0', '/dev/stdin')
    .symlink('/proc/self/fd/1', '/dev/stdout')
    .symlink('/proc/self/fd/2', '/dev/stderr')
    .symlink('pts/ptmx', '/dev/ptmx');
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
 * A path that may be a file, a directory or absent: a file is covered by /dev/null, a directory by an empty
 * tmpfs; the one that does not fit says ENOTDIR.
 */
function maskPath(plan: Plan, path: string): void {
  plan.mount({ source: '/dev/null', target: path, flags: MS_BIND }, { accept: ['ENOENT', 'ENOTDIR'] });
  plan.mount(
    { source: 'tmpfs', target: path, type: 'tmpfs', flags: MS_RDONLY, data: 'size=0k' },
    { accept: ['ENOENT', 'ENOTDIR'] },
  );
}

function makeReadonly(plan: Plan, path: string): void {
  plan.mount({ source: path, target: path, flags: MS_BIND | MS_REC }, { accept: ['ENOENT'] });
  plan.mount(
    { target: path, flags: MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC },
    { accept: ['ENOENT'] },
  );
}

function connectStdio(plan: Plan, input: ContainerPlanInput): void {
  const { uid, gid } = input.config.process.user;
  input.stdio.forEach(({ fd, isPipe }, index) => {
    plan.duplicateFd(fd, index);
    // So that /dev/stdout can be opened by a user other than root.
    if (isPipe) plan.changeOwnerOfFd(index, uid, gid, { accept: ['EPERM', 'EROFS'] });
  });
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

/** All that happens between clone3 and execve in a container's first process (`peers`: runc's order). */
export function containerPlan(input: ContainerPlanInput): Plan {
  const { config } = input;
  const { process } = config;
  const plan = new Plan();
  connectStdio(plan, input);
  enterRoot(plan, input);
  addMounts(plan, config.mounts);
  addDevices(plan, config);
  writeIdentity(plan, input.identity);
  plan.setHostname(config.hostname);
  plan.writeFile('/proc/self/oom_score_adj', String(process.oomScoreAdj));
  for (const path of config.linux.maskedPaths) maskPath(plan, path);
  for (const path of config.linux.readonlyPaths) makeReadonly(plan, path);
  plan.newSession();
  for (const { type, soft, hard } of process.rlimits) plan.setResourceLimit(resourceLimits[type], soft, hard);
  plan.makeDirectories(process.cwd, 0o755).changeDirectory(process.cwd);
  dropPrivileges(plan, process, input.lastCapability);
  const [command = ''] = process.args;
  const path = environmentValue(process.env, 'PATH') ?? '';
  return plan
    .checkWorkingDirectory()
    .closeFdsOnExec(3)
    .setUmask(process.user.umask)
    .execute(executableCandidates(command, path), process.args, process.env);
}
