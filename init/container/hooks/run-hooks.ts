import { closeSync } from 'node:fs';
import type { Native, ReapedChild, SpawnResult } from '../../../addon/native.ts';
import type { Plan } from '../../../addon/plan.ts';
import { describeError, FirstbornError } from '../../../protocol/errors.ts';
import type { HookStage, RuntimeSpec, SpecHook } from '../../../protocol/oci/runtime-spec.ts';
import { withinDeadline } from '../../boot/deadline.ts';
import { readHandshake } from '../handshake.ts';
import { explainStartFailure, quoted } from '../start-failure.ts';
import type { ContainerDependencies } from '../start-process.ts';
import type { ContainerState } from './container-state.ts';
import { hookPlan, type HookPlace } from './hook-plan.ts';

const SIGKILL = 9;
const consoleFd = 2;
/** The state with its annotations is written before anyone reads it: it has to fit the pipe. */
const maxStateBytes = 1024 * 1024;

/** A pipe that holds the state and whose writer is closed. The caller closes it. */
function stateOnPipe(native: Native, state: ContainerState): number {
  const bytes = Buffer.from(JSON.stringify(state));
  const { readFd, writeFd } = native.makePipe();
  try {
    if (bytes.length > maxStateBytes)
      throw new FirstbornError('config', `Cannot tell a hook a state of ${bytes.length} bytes`);
    native.setPipeSize(writeFd, Math.max(4096, bytes.length));
    native.setNonblocking(writeFd, true);
    if (native.writeSome(writeFd, bytes) !== bytes.length)
      throw new FirstbornError('guest', 'Cannot tell a hook the state of its container');
    return readFd;
  } catch (error) {
    closeSync(readFd);
    throw error;
  } finally {
    closeSync(writeFd);
  }
}

function describeEnd(child: ReapedChild): string | undefined {
  if (child.state === 'signaled') return `it was ended by signal ${child.signal}`;
  return child.code === 0 ? undefined : `it exited with ${child.code}`;
}

/** Starts a hook. Closes what it reads the state from, whether or not there is a child. */
function spawnHook(native: Native, plan: Plan, place: HookPlace, stdinFd: number): SpawnResult {
  const pidNamespaceFd = place.kind === 'container' ? place.pidfd : -1;
  try {
    return native.spawn(plan.bytes(), { namespaces: 0, cgroupFd: -1, pidNamespaceFd });
  } finally {
    closeSync(stdinFd);
  }
}

function kill(native: Native, pidfd: number): void {
  try {
    native.signalPidfd(pidfd, SIGKILL);
  } catch {
    // It has just ended by itself.
  }
}

/** Runs one hook to its end or to its deadline, when it is killed. Resolves to what is wrong, if anything is. */
async function runHook(
  { native, reaper }: ContainerDependencies,
  hook: SpecHook,
  place: HookPlace,
  state: ContainerState,
): Promise<string | undefined> {
  const stdinFd = stateOnPipe(native, state);
  const plan = hookPlan(hook, place, stdinFd, consoleFd);
  const child = spawnHook(native, plan, place, stdinFd);
  const exit = reaper.exitOf(child.pid);
  const { outcome, abandon } = readHandshake(native, child.handshakeFd);
  try {
    const timeoutMs = hook.timeout === undefined ? Number.POSITIVE_INFINITY : hook.timeout * 1000;
    const end = await withinDeadline(Promise.all([exit, outcome]), timeoutMs);
    if (end.state === 'late') {
      kill(native, child.pidfd);
      await exit;
      return `it did not end within ${hook.timeout} s`;
    }
    const [reaped, handshake] = end.value;
    if (handshake.state === 'failed') return explainStartFailure(plan, handshake.failure, hook.path).message;
    return describeEnd(reaped);
  } finally {
    abandon();
    closeSync(child.pidfd);
  }
}

/**
 * Runs the hooks of a stage in their order, all of them even when one fails (RO 23). Throws a FirstbornError of code
 * `guest` that names those which have failed.
 */
export async function runHooks(
  dependencies: ContainerDependencies,
  spec: RuntimeSpec,
  stage: HookStage,
  place: HookPlace,
  state: ContainerState,
): Promise<void> {
  const problems: string[] = [];
  for (const hook of spec.hooks?.[stage] ?? []) {
    let problem: string | undefined;
    try {
      problem = await runHook(dependencies, hook, place, state);
    } catch (error) {
      problem = describeError(error);
    }
    if (problem === undefined) continue;
    dependencies.log.error({ stage, hook: hook.path, problem }, 'a hook failed');
    problems.push(`${quoted(hook.path)}: ${problem}`);
  }
  if (problems.length > 0)
    throw new FirstbornError('guest', `Cannot run the ${stage} hook ${problems.join('; ')}`);
}

/** Whether a stage has anything to run. */
export function hasHooks(spec: RuntimeSpec, ...stages: HookStage[]): boolean {
  return stages.some((stage) => (spec.hooks?.[stage]?.length ?? 0) > 0);
}
