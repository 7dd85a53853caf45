import {
  AT_RECURSIVE,
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
  O_NOCTTY,
  O_RDWR,
  OPEN_TREE_CLONE,
} from '../../addon/constants.ts';
import { Plan, slotCount } from '../../addon/plan.ts';
import type { IdentityFiles } from '../phases/identity.ts';
import { parseMountOptions } from './mount-options.ts';
import {
  becomeProgram,
  beginSession,
  closeForeignDescriptors,
  connectDescriptors,
  limitResources,
  ownTerminal,
} from './process-plan.ts';
import type { ChildStdio } from './process-stdio.ts';
import type { RuntimeConfig, RuntimeMount, RuntimeProcess } from './runtime-config.ts';

/** What the plan needs beside the configuration: things of this machine. */
export interface ContainerPlanInput {
  config: RuntimeConfig;
  /** The assembled root in init's view. */
  rootPath: string;
  /** Mount points of init that the container's mount namespace must not keep. */
  hiddenMounts: readonly string[];
  stdio: ChildStdio;
  identity: IdentityFiles;
  /** Highest capability of the running kernel. */
  lastCapability: number;
}

/** Slots of the plan carry bind sources across the change of root; the last one is for the terminal. */
const terminalSlot = slotCount - 1;
const maxBindSources = terminalSlot;

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

/**
 * The terminal by its path in the container, so that ttyname(3) finds it, and as the console (runtime-spec,
 * config.md, "terminal"). /dev is fresh: nothing of the image lies at these paths.
 */
function connectTerminal(plan: Plan, path: string, user: RuntimeProcess['user']): void {
  plan.openPath(terminalSlot, path, O_RDWR | O_NOCTTY);
  for (const fd of [0, 1, 2]) plan.duplicateSlot(terminalSlot, fd);
  ownTerminal(plan, user);
  plan
    .writeFile('/dev/console', '', { create: true, mode: 0o600 })
    .mount({ source: path, target: '/dev/console', flags: MS_BIND });
}

/** All that happens between clone3 and execve in a container's first process (`peers`: runc's order). */
export function containerPlan(input: ContainerPlanInput): Plan {
  const { config, stdio } = input;
  const { process } = config;
  const plan = new Plan();
  if (stdio.kind === 'descriptors') connectDescriptors(plan, stdio.ends, process.user);
  closeForeignDescriptors(plan);
  enterRoot(plan, input);
  // Before the mounts: a volume on /etc keeps its own files.
  writeIdentity(plan, input.identity);
  addMounts(plan, config.mounts);
  addDevices(plan, config);
  if (stdio.kind === 'terminal') connectTerminal(plan, stdio.path, process.user);
  plan.setHostname(config.hostname);
  plan.writeFile('/proc/self/oom_score_adj', String(process.oomScoreAdj));
  for (const path of config.linux.maskedPaths) maskPath(plan, path);
  for (const path of config.linux.readonlyPaths) makeReadonly(plan, path);
  beginSession(plan, stdio);
  limitResources(plan, process);
  plan.makeDirectories(process.cwd, 0o755).changeDirectory(process.cwd);
  return becomeProgram(plan, process, input.lastCapability);
}
