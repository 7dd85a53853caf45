import { describeError } from '../../protocol/errors.ts';
import type { MachineInfo } from '../client/index.ts';
import type { Command, CommandContext } from './command.ts';
import { failureExitCode } from './object-failures.ts';
import { readOperands } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Show everything that is known of machines',
  synopsis: 'NAME...',
  description: `Prints a JSON array with an object for each machine: its state and directory, its record (what was asked
for) and its status (what has become of it).`,
  specs: [],
  notes: `Unlike docker-inspect(1) there is no --format; jq(1) does that better.

Exit code: 0; 1 one of the machines is unknown, the others are shown; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, { firstborn, reporter }: CommandContext): Promise<number> {
  let exitCode = 0;
  const found: object[] = [];
  for (const name of readOperands(words, 'NAME')) {
    try {
      const machine = await firstborn.machine(name);
      found.push(inspectObject(await machine.info()));
    } catch (error) {
      reporter.say(describeError(error));
      exitCode = failureExitCode;
    }
  }
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  return exitCode;
}

/** The shortest things first: people read from the top. */
function inspectObject({ record, status, state, directory }: MachineInfo): object {
  return { id: record.id, name: record.name, state, directory, status, record };
}
