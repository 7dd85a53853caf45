import type { Native } from '../../addon/native.ts';
import { describeError } from '../../protocol/errors.ts';
import type { HealthPlan } from '../../protocol/health.ts';
import { outputDrainMs } from '../../protocol/limits.ts';
import type { ExecParams } from '../../protocol/messages.ts';
import { withinDeadline } from '../boot/deadline.ts';
import { RequestRefusal } from '../channel/requests.ts';
import { shortText } from '../channel/short-text.ts';
import type { ExecSessions } from '../container/exec-sessions.ts';
import type { RunningProcess } from '../container/running-process.ts';
import { openHealthOutput } from './health-output.ts';

const SIGKILL = 9;

/** A process that is killed has ended after milliseconds; one that waits in the kernel for a disk may never end. */
const killPatienceMs = 2_000;

/** How a check went. Only the exit code 0 is a success. */
export interface CheckResult {
  /** Absent when it did not end in time, or could not be run. */
  exitCode: number | undefined;
  /** What it printed, or why there is no such thing. At most 4096 characters. */
  output: string;
}

export interface CheckDependencies {
  native: Native;
  execs: Pick<ExecSessions, 'startUnlisted'>;
  /** Whether the machine was at rest at some time since then; that time is not the check's. */
  freezer: { wasAtRestSince(sinceMs: number): boolean };
}

const failed = (output: string, exitCode?: number): CheckResult => ({ exitCode, output: shortText(output) });

/** The check as an exec that says nothing but its command: user, environment and directory are the container's. */
function execParams(args: string[]): ExecParams {
  return { args, env: {}, stdin: false, detach: false };
}

/** Lets go of a process once it has ended and its last output was read. */
async function release(process: RunningProcess): Promise<void> {
  await process.ended;
  await process.stdio.drain(outputDrainMs);
  process.close();
}

/**
 * Makes the function that runs the check once and never rejects. One that takes too long is killed with its process
 * group, and as long as that does not end it, each further call is a failure of its own.
 */
export function makeHealthCheck(
  { native, execs, freezer }: CheckDependencies,
  { args, timeoutMs }: Pick<HealthPlan, 'args' | 'timeoutMs'>,
): () => Promise<CheckResult> {
  let isStuck = false;

  const endsInTime = async (process: RunningProcess, firstDeadlineMs: number): Promise<boolean> => {
    for (let deadlineMs = firstDeadlineMs; ; deadlineMs = timeoutMs) {
      const beganMs = performance.now();
      const outcome = await withinDeadline(process.ended, deadlineMs);
      if (outcome.state === 'settled') return true;
      if (!freezer.wasAtRestSince(beganMs)) return false;
    }
  };

  const giveUp = async (process: RunningProcess, released: Promise<void>): Promise<void> => {
    process.signalGroup(SIGKILL);
    isStuck = true;
    void released.then(() => (isStuck = false));
    await withinDeadline(released, killPatienceMs);
  };

  const run = async (): Promise<CheckResult> => {
    const beganMs = performance.now();
    const { stdio, text } = openHealthOutput(native);
    const process = await execs
      .startUnlisted(execParams(args), timeoutMs, () => stdio)
      .catch((error) => {
        stdio.discard();
        throw error;
      });
    stdio.startOutput();
    const released = release(process);
    if (!(await endsInTime(process, timeoutMs - (performance.now() - beganMs)))) {
      await giveUp(process, released);
      const printed = text();
      const late = `Cannot finish the health check within ${timeoutMs} ms`;
      return failed(printed === '' ? late : `${late}: ${printed}`);
    }
    await released;
    return { exitCode: (await process.ended).code, output: text() };
  };

  return async () => {
    if (isStuck) return failed('Cannot run the health check: the one before it does not end');
    try {
      return await run();
    } catch (error) {
      return failed(
        describeError(error),
        error instanceof RequestRefusal ? error.details.exitCode : undefined,
      );
    }
  };
}
