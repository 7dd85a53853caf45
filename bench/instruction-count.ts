import type { Qmp } from '../test/support/qmp.ts';

/**
 * Guest instructions, counted by QEMU. With `shift=0` the guest's clock moves by one nanosecond for each, so a
 * machine that is busy with something else changes nothing about the guest's time; while the guest sleeps, its clock
 * follows the host's.
 */
export const instructionCountArguments: readonly string[] = ['-icount', 'shift=0'];

/**
 * How many instructions the guest has executed since it was switched on: exact while it sleeps, and not part of the
 * guest's work. `query-replay` (qemu-qmp-ref(7)) tells it for every machine with `-icount`, recorded or not.
 */
export async function executedInstructions(qmp: Qmp): Promise<number> {
  const { icount } = (await qmp.execute('query-replay')) as { icount: number };
  return icount;
}
