import { closeSync } from 'node:fs';
import type { Native, ReapedChild } from '../../addon/native.ts';
import type { Plan } from '../../addon/plan.ts';
import { decodeHandshake } from '../../addon/spawn.ts';
import { withinDeadline } from '../boot/deadline.ts';
import { guestError } from '../boot/phase.ts';
import { logWarnings, operationError } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import type { Reaper } from '../supervision/reaper.ts';

export interface ChildDependencies {
  native: Native;
  log: Log;
  reaper: Reaper;
}

export type ChildOutcome =
  | { state: 'done' }
  /** Not at the deadline; `done` settles as the run itself would have, perhaps never. */
  | { state: 'late'; done: Promise<void> };

/** Plans that run in a child are short: their warnings fit. */
const maxHandshakeBytes = 12 * 1024;

/** The child has ended, so the pipe holds all that it will ever hold. */
function readReport(native: Native, fd: number): Buffer {
  const buffer = Buffer.alloc(maxHandshakeBytes);
  let lengthBytes = 0;
  for (;;) {
    const length = native.readSome(fd, buffer.subarray(lengthBytes));
    if (length <= 0) return buffer.subarray(0, lengthBytes);
    lengthBytes += length;
  }
}

/** Waits for a child, then closes its descriptors. Throws a FirstbornError when its plan failed. */
async function finish(
  { native, log }: ChildDependencies,
  plan: Plan,
  { pidfd, handshakeFd }: { pidfd: number; handshakeFd: number },
  exit: Promise<ReapedChild>,
): Promise<void> {
  const child = await exit;
  try {
    const report = decodeHandshake(readReport(native, handshakeFd));
    logWarnings(log, plan, report.warnings);
    if (report.state === 'failed') throw operationError(plan, report.failure);
  } finally {
    closeSync(pidfd);
    closeSync(handshakeFd);
  }
  if (child.state === 'signaled')
    throw guestError(`Cannot finish a plan: signal ${child.signal} ended its child`);
}

/**
 * Runs a plan that does not end in an execve in a child, because its operations can hang in the kernel, where no signal
 * ends them. Waits no longer than `deadlineMs`. Throws a FirstbornError of code `guest` when an operation fails,
 * NativeError when there is no child to be had.
 */
export async function runInChild(
  dependencies: ChildDependencies,
  plan: Plan,
  deadlineMs: number,
): Promise<ChildOutcome> {
  const { native, reaper } = dependencies;
  const child = native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1 });
  const done = finish(dependencies, plan, child, reaper.exitOf(child.pid));
  const outcome = await withinDeadline(done, deadlineMs);
  if (outcome.state === 'settled') return { state: 'done' };
  // Whoever is late may still fail, and nobody may be left to hear it.
  done.catch(() => {});
  return { state: 'late', done };
}
