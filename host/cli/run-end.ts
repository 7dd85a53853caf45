import { exitCodes } from '../../protocol/names.ts';
import type { MachineExit } from '../client/index.ts';

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
export function judgeRun(
  { reason, code, message }: MachineExit,
  interruptionCode: number | undefined,
): RunEnd {
  switch (reason) {
    case 'exited':
    case 'signaled':
    case 'oom':
      return { exitCode: interruptionCode ?? code, messages: [], isFailure: false };
    case 'not-started':
      return {
        exitCode: interruptionCode ?? code,
        messages: [message ?? 'Cannot start the workload'],
        isFailure: false,
      };
    case 'killed':
      return { exitCode: interruptionCode ?? code, messages: [], isFailure: false };
    case 'failed':
      return {
        // A failure must not look like a success, whatever the guest says.
        exitCode: code === 0 ? exitCodes.firstborn : code,
        messages: [message ?? 'Machine failed'],
        isFailure: true,
      };
    default:
      return reason satisfies never;
  }
}
