import type { Command, CommandContext } from './command.ts';
import { reportFailure } from './object-failures.ts';
import { readOnlyOperand } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';
import { formatTable } from './table.ts';
import { topRows, topTitles } from './top-rows.ts';

export const topCommand: Command = {
  name: 'top',
  summary: 'List the processes of a container',
  synopsis: '[options] NAME',
  description: `Lists the processes in the container of machine NAME once, with the pids that the container sees. UID is
the effective one, a number: names are the image's business.`,
  specs: [{ name: 'json', help: 'Print one JSON object for each process, one a line' }],
  notes: `Unlike docker-top(1) it takes no options of ps(1). --json has more: executable, directory, threads, ages.

Exit code: 0; 1 the machine does not run; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const name = readOnlyOperand(words, 'NAME');
  return await reportFailure(context, async () => {
    const processes = await (await context.firstborn.machine(name)).processes();
    process.stdout.write(
      words.options.has('json')
        ? processes.map((one) => `${JSON.stringify(one)}\n`).join('')
        : formatTable(topTitles, topRows(processes)),
    );
    return 0;
  });
}
