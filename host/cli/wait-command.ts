import type { Command, CommandContext } from './command.ts';
import { doToMachines } from './object-failures.ts';
import { readOperands } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';

export const waitCommand: Command = {
  name: 'wait',
  summary: 'Wait for the end of machines and print their exit codes',
  synopsis: 'NAME...',
  description: `Waits until each machine has ended for good, restarts included, and prints its exit code. One that
has ended already is not waited for.`,
  specs: [],
  notes: `Exit code: 0, whatever the machines' codes are; 1 one of the machines is unknown, was never started, or is
lost; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const all = readOperands(words, 'NAME');
  // All at once: a machine that removes itself is not there to be asked later.
  return await doToMachines(
    all,
    context,
    async (machine) => String((await machine.wait()).code),
    Number.POSITIVE_INFINITY,
  );
}
