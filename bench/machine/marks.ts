import { FirstbornError } from '../../protocol/errors.ts';
import type { Qmp } from '../../test/support/qmp.ts';
import { executedInstructions } from '../instruction-count.ts';
import type { GdbStub } from './gdb-stub.ts';

/** An instruction of the guest that is reached once on its way. */
export interface Mark<Name extends string = string> {
  name: Name;
  /** Virtual; nothing else that runs before it may have code there. */
  address: bigint;
}

/**
 * Lets a stopped guest run through its marks and tells how many instructions it had executed when it got to each. Ends
 * at the last one, whichever it is, and lets the guest go on from there.
 */
export async function runThroughMarks<Name extends string>(
  stub: GdbStub,
  qmp: Qmp,
  marks: readonly Mark<Name>[],
): Promise<Record<Name, number>> {
  const left = new Map(marks.map((mark) => [mark.address, mark.name]));
  const counts: Partial<Record<Name, number>> = {};
  for (const { address } of marks) await stub.setBreakpoint(address);
  while (left.size > 0) {
    const address = await stub.runToStop();
    const name = left.get(address);
    if (name === undefined)
      throw new FirstbornError('vm', `Cannot measure the machine: it stops at 0x${address.toString(16)}`);
    counts[name] = await executedInstructions(qmp);
    left.delete(address);
    await stub.removeBreakpoint(address);
  }
  await stub.detach();
  return counts as Record<Name, number>;
}
