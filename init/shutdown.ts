import { readFileSync } from 'node:fs';
import type { Native } from '../addon/native.ts';
import { MNT_DETACH } from '../addon/constants.ts';
import { Plan } from '../addon/plan.ts';
import { exitAcknowledgeMs } from '../protocol/limits.ts';
import { withinDeadline } from './boot/deadline.ts';
import { runPlan } from './boot/run-plan.ts';
import type { HostChannel } from './channel/host-channel.ts';
import type { Log } from './log/log.ts';
import { guestPaths } from './phases/guest-paths.ts';
import type { Reaper } from './supervision/reaper.ts';

const syncDeadlineMs = 5_000;

export interface ShutdownDependencies {
  native: Native;
  log: Log;
  reaper: Reaper;
  /** Absent when the machine failed before there was one. */
  channel: HostChannel | undefined;
}

/** sync(2) can hang on a disk that does not answer, so a child does it and is not waited for for ever. */
async function syncDisks({ native, log, reaper }: ShutdownDependencies): Promise<void> {
  const child = native.spawn(new Plan().sync().bytes(), { namespaces: 0, cgroupFd: -1 });
  const outcome = await withinDeadline(reaper.exitOf(child.pid), syncDeadlineMs);
  if (outcome.state === 'late')
    log.warn({ deadlineMs: syncDeadlineMs }, 'the disks did not take all data in time');
}

/** The mount points that init made, in the order in which they were. */
function mountedPaths(): string[] {
  const own = new Set<string>(Object.values(guestPaths));
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => own.has(path) && path !== guestPaths.cgroup);
}

/** Takes the container's root and the disks down, last mounted first. */
function unmountDisks({ native, log }: ShutdownDependencies): void {
  const plan = new Plan();
  for (const path of mountedPaths().toReversed()) plan.unmount(path, MNT_DETACH, { orWarn: true });
  runPlan(native, log, plan);
}

/** A step of the shutdown must not keep the next from happening. */
async function attempt(log: Log, what: string, step: () => void | Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    log.error({ err: error }, `a step of the shutdown failed: ${what}`);
  }
}

/**
 * Ends the machine: disks synced and unmounted, the last events taken by the host or the wait for it over,
 * power off. Each step has a deadline. Never returns.
 */
export async function powerOff(dependencies: ShutdownDependencies): Promise<never> {
  const { native, log, channel } = dependencies;
  await attempt(log, 'sync', () => syncDisks(dependencies));
  await attempt(log, 'unmount', () => unmountDisks(dependencies));
  if (channel !== undefined) {
    const outcome = await withinDeadline(channel.allAcknowledged(), exitAcknowledgeMs);
    if (outcome.state === 'late')
      log.warn({ deadlineMs: exitAcknowledgeMs }, 'no host has acknowledged the exit');
  }
  log.debug('powering off');
  return reboot(native, log);
}

/** Only a kernel without power management refuses; then the machine at least stands still. */
function reboot(native: Native, log: Log): Promise<never> {
  for (const how of ['poweroff', 'halt'] as const) {
    try {
      native.reboot(how);
    } catch (error) {
      log.error({ err: error }, `the kernel refused to ${how}`);
    }
  }
  return new Promise(() => {});
}
