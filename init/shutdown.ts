import { readFileSync } from 'node:fs';
import type { Native } from '../addon/native.ts';
import { MNT_DETACH } from '../addon/constants.ts';
import { Plan } from '../addon/plan.ts';
import { exitAcknowledgeMs } from '../protocol/limits.ts';
import { exitCodes } from '../protocol/names.ts';
import { withinDeadline } from './boot/deadline.ts';
import type { HostChannel } from './channel/host-channel.ts';
import type { Log } from './log/log.ts';
import { runInChild } from './machine/run-in-child.ts';
import { syncDisks } from './machine/sync-disks.ts';
import { unmountVolumes } from './machine/unmount-volumes.ts';
import { removeVerifiedDisks } from './machine/verified-disks.ts';
import { guestPaths } from './phases/guest-paths.ts';
import type { Reaper } from './supervision/reaper.ts';
import type { MachineEnd } from './supervision/supervisor.ts';
import { publishExitCode } from './xen/xenstore.ts';

const thawDeadlineMs = 6_000;
const syncDeadlineMs = 5_000;
const unmountDeadlineMs = 5_000;

/** What there is of the machine at any time, also when a phase of its boot has failed. */
export interface Machine {
  native: Native;
  log: Log;
  reaper: Reaper;
  /** Absent when the machine failed before there was one. */
  channel: HostChannel | undefined;
  /** Lets everything go on that is frozen. */
  thaw?: () => Promise<void>;
  /** Whether Firstborn itself has failed: that is what the machine's exit code then says. */
  faulted?: boolean;
  /** The end of the machine, once it has begun. */
  ending?: Promise<never>;
}

/** What the machine leaves behind. */
export interface FinalWord {
  how: MachineEnd;
  /** Exit code of the workload, or of Firstborn itself. */
  code: number;
}

/**
 * The mount points of disks and of the container's root in a text of /proc/self/mounts, in the order in which they
 * were made. Pure.
 */
export function diskMounts(mounts: string): string[] {
  const { cgroup: _cgroup, ...own } = guestPaths;
  return mounts
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => Object.values(own).some((top) => path === top || path.startsWith(`${top}/`)));
}

/** What is frozen takes no last data: a workload can end while a snapshot is made. */
async function thaw({ log, thaw: thawAll }: Machine): Promise<void> {
  if (thawAll === undefined) return;
  const outcome = await withinDeadline(thawAll(), thawDeadlineMs);
  if (outcome.state === 'late') log.warn({ deadlineMs: thawDeadlineMs }, 'the machine did not thaw in time');
}

/** Takes the container's root and the disks down, last mounted first. In a child: a disk or a share may never answer. */
async function unmountDisks(machine: Machine): Promise<void> {
  const plan = new Plan();
  const mounted = diskMounts(readFileSync('/proc/self/mounts', 'utf8'));
  if (mounted.length === 0) return;
  for (const path of mounted.toReversed()) plan.unmount(path, MNT_DETACH, { orWarn: true });
  const outcome = await runInChild(machine, plan, unmountDeadlineMs);
  if (outcome.state === 'done') removeVerifiedDisks(machine.native, machine.log);
  // What hangs there could hang here too, where there is no deadline.
  else machine.log.warn({ deadlineMs: unmountDeadlineMs }, 'the disks were not unmounted in time');
}

async function awaitAcknowledgement({ log, channel }: Machine): Promise<void> {
  if (channel === undefined) return;
  const outcome = await withinDeadline(channel.allAcknowledged(), exitAcknowledgeMs);
  if (outcome.state === 'late')
    log.warn({ deadlineMs: exitAcknowledgeMs }, 'no host has acknowledged the exit');
}

/** A step of the shutdown must not keep the next from happening. */
async function attempt(log: Log, what: string, step: () => unknown): Promise<void> {
  try {
    await step();
  } catch (error) {
    log.error({ err: error }, `a step of the shutdown failed: ${what}`);
  }
}

async function end(machine: Machine, { how, code }: FinalWord): Promise<never> {
  const { native, log, faulted } = machine;
  await attempt(log, 'thaw', () => thaw(machine));
  await attempt(log, 'sync', () => syncDisks(machine, syncDeadlineMs));
  await attempt(log, 'unmount volumes', () => unmountVolumes(machine, unmountDeadlineMs));
  await attempt(log, 'unmount', () => unmountDisks(machine));
  await attempt(log, 'exit code', () =>
    publishExitCode(native, log, faulted === true ? exitCodes.firstborn : code),
  );
  await attempt(log, 'acknowledgement', () => awaitAcknowledgement(machine));
  log.debug({ how }, 'ending the machine');
  return reboot(native, log, how);
}

/**
 * Ends the machine: disks synced and unmounted, the exit code left where Xen looks for it, the last events taken
 * by the host or the wait for it over, then the power is off or the machine starts anew. Each step has a deadline.
 * Called again, it is the same end. Never returns.
 */
export function endMachine(machine: Machine, word: FinalWord): Promise<never> {
  machine.ending ??= end(machine, word);
  return machine.ending;
}

/** Only a kernel without power management refuses; then the machine at least stands still. */
function reboot(native: Native, log: Log, how: MachineEnd): Promise<never> {
  const ways =
    how === 'reboot' ? (['restart', 'poweroff', 'halt'] as const) : (['poweroff', 'halt'] as const);
  for (const way of ways) {
    try {
      native.reboot(way);
    } catch (error) {
      log.error({ err: error }, `the kernel refused to ${way}`);
    }
  }
  return new Promise(() => {});
}
