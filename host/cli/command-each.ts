import { describeError } from '../../protocol/errors.ts';
import { exitCodes } from '../../protocol/names.ts';
import type { Machine } from '../client/index.ts';
import type { CommandContext } from './command.ts';

/**
 * Does the same to several machines, one after the other, and prints the word of each that it was done to. One that
 * fails is reported and does not keep the others from their turn. Returns the exit code.
 */
export async function forEachMachine(
  names: readonly string[],
  { firstborn, reporter }: CommandContext,
  action: (machine: Machine) => Promise<void>,
): Promise<number> {
  let exitCode = 0;
  for (const name of names) {
    try {
      await action(await firstborn.machine(name));
      process.stdout.write(`${name}\n`);
    } catch (error) {
      reporter.say(describeError(error));
      exitCode = exitCodes.firstborn;
    }
  }
  return exitCode;
}
