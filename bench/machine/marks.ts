import { FirstbornError } from '../../protocol/errors.ts';
import type { GdbStub } from './gdb-stub.ts';

/** An instruction of the guest that it gets to on its way. */
export interface Mark<Name extends string = string> {
  name: Name;
  /** Virtual; nothing else that runs before it may have code there. */
  address: bigint;
}

/**
 * Lets a stopped guest run to the last of its marks and tells how many instructions it had executed when it got there,
 * and to each of the others that it came by. From there the guest goes on. Every stop is answered before the next: the
 * marks may lie on any path, and one that is passed twice counts where it is passed first.
 */
export async function runThroughMarks<Name extends string, Last extends Name>(
  stub: Pick<GdbStub, 'setBreakpoint' | 'removeBreakpoint' | 'runToStop' | 'detach'>,
  countInstructions: () => Promise<number>,
  marks: readonly Mark<Name>[],
  last: Last,
): Promise<Partial<Record<Name, number>> & Record<Last, number>> {
  const left = new Map(marks.map((mark) => [mark.address, mark.name]));
  const counts: Partial<Record<Name, number>> = {};
  for (const { address } of marks) await stub.setBreakpoint(address);
  while (counts[last] === undefined) {
    const address = await stub.runToStop();
    const name = left.get(address);
    if (name === undefined)
      throw new FirstbornError('vm', `Cannot measure the machine: it stops at 0x${address.toString(16)}`);
    counts[name] = await countInstructions();
    left.delete(address);
    await stub.removeBreakpoint(address);
  }
  await stub.detach();
  return counts as Partial<Record<Name, number>> & Record<Last, number>;
}
