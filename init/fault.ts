import { describeError } from '../protocol/errors.ts';
import { exitCodes } from '../protocol/names.ts';
import { withinDeadline } from './boot/deadline.ts';
import { PhaseFailure } from './boot/phase.ts';
import { shortText } from './channel/short-text.ts';
import { endMachine, type Machine } from './shutdown.ts';
import type { Supervisor } from './supervision/supervisor.ts';

/** What the end of a workload may take beyond its grace: its last output, and a host that is slow to read it. */
const lastOutputMs = 15_000;

/** A workload did nothing wrong and gets its usual stop; a host that doesn't read can't hold that up for ever. */
async function stopWorkload({ log }: Machine, supervisor: Supervisor): Promise<void> {
  try {
    await supervisor.shutDown({ reason: 'shutdown', how: 'poweroff' });
    await withinDeadline(supervisor.ended(), supervisor.policy.graceMs + lastOutputMs);
  } catch (error) {
    log.error({ err: error }, 'the workload could not be stopped after a fault');
  }
}

/**
 * Firstborn's own failure: said on the console and to the host, then the workload is stopped, or the boot, and the machine
 * powers off. `phase` is where it happened when the error does not know.
 */
export async function reportFault(
  machine: Machine,
  supervisor: Supervisor,
  error: unknown,
  phase: string,
): Promise<never> {
  const failedPhase = error instanceof PhaseFailure ? error.phase : phase;
  const cause = error instanceof PhaseFailure ? error.cause : error;
  const message = shortText(describeError(cause));
  const code = exitCodes.firstborn;
  machine.faulted = true;
  machine.log.fatal({ phase: failedPhase, stack: cause instanceof Error ? cause.stack : undefined }, message);
  machine.channel?.announce({ event: 'fault', phase: failedPhase, message, code });
  await stopWorkload(machine, supervisor);
  return endMachine(machine, { how: 'poweroff', code });
}
