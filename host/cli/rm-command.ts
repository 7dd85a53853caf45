import type { Command, CommandContext } from './command.ts';
import { doToMachines } from './object-failures.ts';
import { readOperands } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';

export const rmCommand: Command = {
  name: 'rm',
  summary: 'Remove machines, with their disks and logs',
  synopsis: '[options] NAME...',
  description: `Removes all traces of each machine. One that runs, or is lost, is refused without -f.`,
  specs: [{ name: 'force', short: 'f', help: 'Take the power of a machine that runs away first' }],
  notes: `Exit code: 0 when every machine is gone; 1 one of them is not; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const force = words.options.has('force');
  return await doToMachines(readOperands(words, 'NAME'), context, async (machine, word) => {
    await machine.remove({ force });
    return word;
  });
}
