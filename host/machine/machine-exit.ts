import type { FirstbornError } from '../../protocol/errors.ts';
import type { ExitEvent, FaultEvent } from '../../protocol/messages.ts';

/** How a machine's run ended. */
export type MachineExit =
  /** The workload ended, or could not be started; the event has its exit code. */
  | { state: 'exited'; event: ExitEvent }
  /** Firstborn failed in the guest and said so. */
  | { state: 'fault'; event: FaultEvent }
  /** `kill()` was called before the guest had said anything. */
  | { state: 'killed' }
  /** The machine could not start, ended without a word, or could not be talked to. */
  | { state: 'failed'; error: FirstbornError };
