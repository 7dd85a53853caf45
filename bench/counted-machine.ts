import type { LaunchConfigInput } from '../protocol/launch-config.ts';
import { RawGuest } from '../test/support/raw-guest.ts';
import { instructionCountArguments } from './instruction-count.ts';

/** An hour: counting takes minutes on an idle host, and many on a busy one. */
export const lifetimeMs = 3_600_000;

const idleShell: LaunchConfigInput['process'] = { command: ['sh'], stdin: true };

/** Boots a machine with Firstborn that counts instructions; its workload is a shell that nobody says anything to. */
export function bootCountedGuest(): Promise<RawGuest> {
  return RawGuest.boot({
    launch: { process: idleShell },
    command: (args) => [...args, ...instructionCountArguments],
    lifetimeMs,
  });
}
