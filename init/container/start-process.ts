import { closeSync } from 'node:fs';
import type { Native, ReapedChild, SpawnOptions, SpawnResult } from '../../addon/native.ts';
import type { Plan } from '../../addon/plan.ts';
import type { Handshake } from '../../addon/spawn.ts';
import { describeError } from '../../protocol/errors.ts';
import { exitCodes } from '../../protocol/names.ts';
import { logWarnings } from '../boot/run-plan.ts';
import type { Log } from '../log/log.ts';
import type { Reaper } from '../supervision/reaper.ts';
import { awaitExec } from './handshake.ts';
import type { ProcessStdio } from './process-stdio.ts';
import { RunningProcess } from './running-process.ts';
import { explainStartFailure, quoted, type StartFailure } from './start-failure.ts';

const SIGKILL = 9;
/** Short enough for a host that waits for an answer, long enough for a hundred mounts. */
const headStartMs = 100;

export interface ContainerDependencies {
  native: Native;
  log: Log;
  reaper: Reaper;
}

/** A process to start. */
export interface StartOrder {
  plan: Plan;
  spawn: SpawnOptions;
  stdio: ProcessStdio;
  /** What the messages call it. */
  command: string;
  oomKills: () => number;
  /**
   * Whether nothing of init's is worth a delay of this process: for `headStartMs` at most, init only waits for it. Whatever
   * init did meanwhile would take the processor from it.
   */
  headStart?: boolean;
  /** How long it may take to execute its program; then it is killed. */
  deadlineMs?: number;
  /**
   * Called when the child waits for its parent (`awaitParent`). It goes on when this resolves; when it rejects, the
   * child is killed and the start has failed for that reason.
   */
  onWaiting?: (stage: number, child: Pick<SpawnResult, 'pid' | 'pidfd'>) => Promise<void>;
}

export type ProcessStart =
  | { state: 'running'; process: RunningProcess }
  /** It has been reaped. Its streams are still the caller's. */
  | { state: 'not-started'; failure: StartFailure };

/** What a child that did not get to its program died of. */
function describeDeath(command: string, child: ReapedChild): StartFailure {
  const how = child.state === 'signaled' ? `by signal ${child.signal}` : `with code ${child.code}`;
  return {
    code: exitCodes.firstborn,
    message: `Cannot start ${quoted(command)}: the process ended ${how} before it could execute it`,
  };
}

/** Kills a child of which nothing was heard in time; its exit is reaped whenever it comes. */
function giveUp(native: Native, child: SpawnResult): void {
  try {
    native.signalPidfd(child.pidfd, SIGKILL);
  } catch {
    // It has just ended by itself.
  }
  closeSync(child.pidfd);
}

/** Why `onWaiting` did not let the child go on. */
class HeldBack extends Error {
  override readonly name = 'HeldBack';
}

async function handshake(native: Native, child: SpawnResult, order: StartOrder): Promise<Handshake> {
  const { command, deadlineMs, onWaiting } = order;
  try {
    return await awaitExec(native, child.handshakeFd, command, {
      deadlineMs,
      onWaiting: async (stage) => {
        try {
          await onWaiting?.(stage, child);
        } catch (cause) {
          throw new HeldBack(describeError(cause), { cause });
        }
      },
    });
  } catch (error) {
    if (!(error instanceof HeldBack)) giveUp(native, child);
    throw error;
  }
}

/** What the child was held back for. Its socket is closed, which ends it. */
async function refuseToGoOn(
  process: RunningProcess,
  exit: Promise<ReapedChild>,
  error: HeldBack,
): Promise<ProcessStart> {
  process.signal(SIGKILL);
  await exit;
  process.close();
  return { state: 'not-started', failure: { code: exitCodes.firstborn, message: error.message } };
}

/**
 * Spawns a plan and waits until its program has taken over, or has not. Throws when the child can't be made, or is
 * not heard of in time. Closes the child's ends of the streams once they are the child's.
 */
export async function startProcess(
  { native, log, reaper }: ContainerDependencies,
  order: StartOrder,
): Promise<ProcessStart> {
  const { plan, stdio, command, oomKills } = order;
  const child = native.spawn(plan.bytes(), order.spawn);
  const exit = reaper.exitOf(child.pid);
  stdio.closeChildEnds();
  // Made at once, so that it knows of every kill from here on.
  const process = new RunningProcess(native, { child, exit, stdio, oomKills });
  if (order.headStart === true) native.awaitReadable(child.handshakeFd, headStartMs);
  let outcome: Handshake;
  try {
    outcome = await handshake(native, child, order);
  } catch (error) {
    if (error instanceof HeldBack) return await refuseToGoOn(process, exit, error);
    throw error;
  }
  logWarnings(log, plan, outcome.warnings);
  if (outcome.state === 'executed') return { state: 'running', process };
  const reaped = await exit;
  process.close();
  return {
    state: 'not-started',
    failure:
      outcome.state === 'failed'
        ? explainStartFailure(plan, outcome.failure, command)
        : describeDeath(command, reaped),
  };
}
