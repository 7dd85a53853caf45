import { describeError } from '../../protocol/errors.ts';
import { exitCodes } from '../../protocol/names.ts';
import type { MachineExit } from '../machine/machine-exit.ts';

/** What a run's end means to its caller. */
export interface RunEnd {
  exitCode: number;
  /** What to say on stderr, line by line; a workload's own end says nothing. */
  messages: string[];
  /** Firstborn's own failure: the console log is worth keeping. */
  isFailure: boolean;
}

/**
 * Turns a machine's end into an exit code and words. `interruptionCode` is what a signal or the time limit
 * made of the code, if anything. Pure.
 */
export function judgeRun(exit: MachineExit, interruptionCode: number | undefined): RunEnd {
  switch (exit.state) {
    case 'exited': {
      const { reason, message, code } = exit.event;
      const messages = reason === 'not-started' ? [message ?? 'Cannot start the workload'] : [];
      return { exitCode: interruptionCode ?? code, messages, isFailure: false };
    }
    case 'fault': {
      const { phase, message, code } = exit.event;
      return {
        // A failure must not look like a success, whatever the guest says.
        exitCode: code === 0 ? exitCodes.firstborn : code,
        messages: [`Guest failed at "${phase}": ${message}`],
        isFailure: true,
      };
    }
    case 'killed':
      return { exitCode: interruptionCode ?? exitCodes.signalBase + 9, messages: [], isFailure: false };
    case 'failed':
      return { exitCode: exitCodes.firstborn, messages: [describeError(exit.error)], isFailure: true };
    default:
      return exit satisfies never;
  }
}
