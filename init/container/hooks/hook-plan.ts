import { AT_RECURSIVE, CLONE_NEWNS, MS_NODEV, MS_NOSUID, OPEN_TREE_CLONE } from '../../../addon/constants.ts';
import { Plan } from '../../../addon/plan.ts';
import type { SpecHook } from '../../../protocol/oci/runtime-spec.ts';
import { defaultPath } from '../../../protocol/oci/convert/environment.ts';
import { guestPaths } from '../../phases/guest-paths.ts';
import { enterRoot, isolateMounts } from '../root-plan.ts';

/** Where a hook runs. */
export type HookPlace =
  /** The namespaces of the guest itself, with the container's root as the only one that has programs. */
  | { kind: 'runtime'; rootPath: string; hiddenMounts: readonly string[]; hasBundle: boolean }
  /** The namespaces of the container. The pidfd is that of its first process and stays the caller's. */
  | { kind: 'container'; pidfd: number; joinFlags: number };

/** What a hook finds of the guest in its root beside the container's files. */
const shownMounts = ['/proc', '/sys', '/dev'];

/**
 * The root of a hook in the guest's namespaces. The initramfs has no program but Node, so a hook's program is the
 * image's; it sees the guest's own /proc, /sys and /dev, and the bundle. Only its own mount namespace changes.
 */
function enterHookRoot(plan: Plan, place: Extract<HookPlace, { kind: 'runtime' }>): void {
  plan.unshare(CLONE_NEWNS);
  isolateMounts(plan);
  const shown = [
    ...shownMounts.map((path) => ({ source: path, target: path })),
    ...(place.hasBundle ? [{ source: guestPaths.bundle, target: guestPaths.hookBundle }] : []),
  ];
  shown.forEach(({ source }, slot) => plan.openTree(slot, source, OPEN_TREE_CLONE | AT_RECURSIVE));
  enterRoot(plan, { ...place, mounts: [] });
  plan.makeDirectories('/run', 0o755).mount({
    source: 'tmpfs',
    target: '/run',
    type: 'tmpfs',
    flags: MS_NOSUID | MS_NODEV,
    data: 'mode=0755',
  });
  shown.forEach(({ target }, slot) => plan.makeDirectories(target, 0o755).moveMount(slot, target));
}

/**
 * All that happens in a hook's process before its program: stdin is the container's state, what it prints goes to the
 * console. It keeps every privilege of init.
 */
export function hookPlan(hook: SpecHook, place: HookPlace, stdinFd: number, consoleFd: number): Plan {
  const plan = new Plan();
  plan.setDumpable(false).duplicateFd(stdinFd, 0).duplicateFd(consoleFd, 1).duplicateFd(consoleFd, 2);
  if (place.kind === 'container') plan.joinNamespaces(place.pidfd, place.joinFlags);
  plan.closeFds(3);
  if (place.kind === 'runtime') enterHookRoot(plan, place);
  plan.newSession().changeDirectory('/');
  const args = hook.args === undefined || hook.args.length === 0 ? [hook.path] : hook.args;
  const env = hook.env === undefined || hook.env.length === 0 ? [`PATH=${defaultPath}`] : hook.env;
  return plan.execute([hook.path], args, env);
}
