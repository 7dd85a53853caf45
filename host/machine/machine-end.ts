import { describeError, type FirstbornError } from '../../protocol/errors.ts';
import type { ExitEvent, FaultEvent } from '../../protocol/messages.ts';
import { exitCodes } from '../../protocol/names.ts';
import type { MachineExit } from './machine-record.ts';

/** How one boot of a machine ended, in all detail. */
export type MachineEnd =
  /** The workload ended, or could not be started; the event has its exit code. */
  | { state: 'exited'; event: ExitEvent }
  /** Firstborn failed in the guest and said so. */
  | { state: 'fault'; event: FaultEvent }
  /** `kill()` was called before the guest had said anything. */
  | { state: 'killed' }
  /** The machine could not start, ended without a word, or could not be talked to. */
  | { state: 'failed'; error: FirstbornError };

const killSignal = 9;

/** What an end means to whoever waits for the machine: a code after docker-run(1), and words. Pure. */
export function machineExit(end: MachineEnd): MachineExit {
  switch (end.state) {
    case 'exited': {
      const { code, signal, reason, message } = end.event;
      return {
        code,
        reason,
        ...(signal === undefined ? {} : { signal }),
        ...(message === undefined ? {} : { message }),
      };
    }
    case 'fault': {
      const { phase, message, code } = end.event;
      return {
        // A failure must not look like a success, whatever the guest says.
        code: code === 0 ? exitCodes.firstborn : code,
        reason: 'failed',
        message: `Guest failed at "${phase}": ${message}`,
      };
    }
    case 'killed':
      return { code: exitCodes.signalBase + killSignal, signal: killSignal, reason: 'killed' };
    case 'failed':
      return { code: exitCodes.firstborn, reason: 'failed', message: describeError(end.error) };
    default:
      return end satisfies never;
  }
}
