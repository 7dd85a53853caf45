import type { Command, CommandContext } from './command.ts';
import { doToMachines } from './object-failures.ts';
import { readOperands } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';
import { readSignal } from './signal-words.ts';

export const killCommand: Command = {
  name: 'kill',
  summary: 'Send a signal to the workloads of machines',
  synopsis: '[options] NAME...',
  description: `Sends a signal to the first process of each workload. A machine whose workload ends by it ends too,
and restarts if its policy wants that. 'firstborn rm -f' ends a machine that does not answer.`,
  specs: [{ name: 'signal', short: 's', value: 'SIGNAL', help: 'What to send, by name or number (KILL)' }],
  notes: `Exit code: 0; 1 one of the machines does not run or refused; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const signal = readSignal('signal', words.options.last('signal') ?? 'KILL');
  return await doToMachines(readOperands(words, 'NAME'), context, async (machine, word) => {
    await machine.kill(signal);
    return word;
  });
}
