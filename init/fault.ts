import { describeError } from '../protocol/errors.ts';
import { exitCodes } from '../protocol/names.ts';
import { PhaseFailure } from './boot/phase.ts';
import { shortText } from './channel/short-text.ts';
import { powerOff, type ShutdownDependencies } from './shutdown.ts';

/**
 * Firstborn's own failure: said on the console and to the host, then the machine powers off. `phase` is where
 * it happened when the error does not know.
 */
export async function reportFault(
  dependencies: ShutdownDependencies,
  error: unknown,
  phase: string,
): Promise<never> {
  const failedPhase = error instanceof PhaseFailure ? error.phase : phase;
  const cause = error instanceof PhaseFailure ? error.cause : error;
  const message = shortText(describeError(cause));
  dependencies.log.fatal(
    { phase: failedPhase, stack: cause instanceof Error ? cause.stack : undefined },
    message,
  );
  dependencies.channel?.announce({ event: 'fault', phase: failedPhase, message, code: exitCodes.firstborn });
  return powerOff(dependencies);
}
