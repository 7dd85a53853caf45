import { mainStreams } from '../../protocol/names.ts';
import { findProcess } from '../machine/find-process.ts';
import { isAlive, killProcess } from '../machine/liveness.ts';
import { commandText } from '../machine/machine-command.ts';
import type { BootProgress } from '../machine/machine.ts';
import { machineExit } from '../machine/machine-end.ts';
import type { MachineExit, ProcessIdentity } from '../machine/machine-record.ts';
import { exitCodes } from '../../protocol/names.ts';
import { type BootHistory, readBootHistory } from './boot-history.ts';
import { machineVmm } from './machine-vmm.ts';
import type { MonitorContext } from './monitor-context.ts';

/** What an earlier monitor left. */
export type LeftMachine =
  /** Nothing: the machine is at rest. */
  | { state: 'none' }
  /** A virtual machine that runs, and how far its boot had got. */
  | { state: 'running'; vm: ProcessIdentity; progress: BootProgress }
  /** A machine that ended without a monitor; its status says so now. */
  | { state: 'ended' };

/**
 * Finds out what became of the machine since its last monitor wrote the status, and takes away what is left of one that
 * has ended. Blocks for reading the event log.
 */
export async function findLeftMachine(context: MonitorContext): Promise<LeftMachine> {
  const { keeper, record, directory } = context;
  const { state, vm } = keeper.status;
  if (state === 'created' || state === 'exited') return { state: 'none' };
  const history = readBootHistory(directory.eventsPath);
  if (vm !== null && isAlive(vm)) return { state: 'running', vm, progress: progressOf(context, history) };
  // A monitor that was killed right after it had started the virtual machine could not tell which it is.
  const found = vm === null ? findProcess(commandText(record)) : undefined;
  if (found !== undefined) {
    keeper.update({ vm: found });
    return { state: 'running', vm: found, progress: progressOf(context, history) };
  }
  await recordEnd(context, history);
  return { state: 'ended' };
}

function progressOf(
  { keeper, log }: MonitorContext,
  { lastSequence, ready, health, end }: BootHistory,
): BootProgress {
  const { bootId, state } = keeper.status;
  if (ready !== undefined) {
    keeper.update({
      ready,
      health: health ?? keeper.status.health,
      state: state === 'starting' ? 'running' : state,
    });
  }
  return {
    acknowledged: lastSequence,
    received: new Map([
      [mainStreams.stdout, log.offsets.stdout],
      [mainStreams.stderr, log.offsets.stderr],
    ]),
    ...(bootId === null ? {} : { bootId }),
    isReady: ready !== undefined,
    end,
  };
}

async function recordEnd(context: MonitorContext, { health, end }: BootHistory): Promise<void> {
  const { keeper, record, recordEvent } = context;
  // A next boot can't have what the last one still holds, such as its domain's name.
  await machineVmm(context).tidyUp();
  for (const helper of keeper.status.helpers) killProcess(helper);
  // One that had just been started when the monitor was killed is not among them.
  for (const { socketPath } of record.helpers) {
    const unnamed = findProcess(socketPath);
    if (unnamed !== undefined) killProcess(unnamed);
  }
  const unseen: MachineExit = {
    code: exitCodes.firstborn,
    reason: 'failed',
    message: 'Machine ended while no monitor watched over it',
  };
  const exit = end === undefined ? (keeper.status.exit ?? unseen) : machineExit(end);
  recordEvent({ event: 'end', exit });
  const atRest = { vm: null, helpers: [], exit, finishedMs: Date.now() };
  keeper.update({ ...atRest, state: 'exited', health: health ?? keeper.status.health });
}
