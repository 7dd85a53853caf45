import type { HealthEvent } from '../../protocol/messages.ts';
import type { MachineHealth } from '../machine/machine-record.ts';

/** An event of the guest as the status has it. Pure. */
export function machineHealth(event: HealthEvent, unixMs: number): MachineHealth {
  const { status, failingStreak, exitCode, output } = event;
  return {
    status,
    failingStreak,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(output === undefined ? {} : { output }),
    unixMs,
  };
}
