import { FirstbornError } from '../../protocol/errors.ts';
import type { Command, CommandContext } from './command.ts';
import { isListed, readMachineFilter } from './machine-filter.ts';
import { reportFailure } from './object-failures.ts';
import type { CommandWords } from './option-parser.ts';
import { psObject, psRow, psTitles, shortId } from './ps-rows.ts';
import { formatTable } from './table.ts';

export const psCommand: Command = {
  name: 'ps',
  summary: 'List machines',
  synopsis: '[options]',
  description: `Lists the machines that are up, the newest first; with -a also those that were never started, have
ended, or died.`,
  specs: [
    { name: 'all', short: 'a', help: 'List every machine' },
    { name: 'quiet', short: 'q', help: 'Print ids alone' },
    { name: 'no-trunc', help: 'Shorten nothing' },
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      help: 'name=PART, status=STATUS, health=HEALTH or label=K[=V]; repeatable. A status lists like -a',
    },
    { name: 'json', help: 'Print one JSON object for each machine, one a line' },
  ],
  notes: `A lost machine has no monitor any more and still runs: 'firstborn start' puts a new monitor over it,
'firstborn rm -f' ends it. A dead one has neither monitor nor virtual machine, and nobody knows its exit
code; 'firstborn wait' looks for it.

Exit code: 0; 1 the machines can't be read; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

async function run({ options, operands, rest }: CommandWords, context: CommandContext): Promise<number> {
  const [extra] = [...operands, ...rest];
  if (extra !== undefined) throw new FirstbornError('usage', `Cannot take the word "${extra}"`);
  const filter = readMachineFilter(options.all('filter'));
  return await reportFailure(context, async () => {
    const all = options.has('all');
    const machines = (await context.firstborn.machines())
      .filter((info) => isListed(info, filter, all))
      .toReversed();
    const view = { nowMs: Date.now(), noTrunc: options.has('no-trunc') };
    if (options.has('json')) {
      process.stdout.write(
        machines.map((info) => `${JSON.stringify(psObject(info, view.nowMs))}\n`).join(''),
      );
    } else if (options.has('quiet')) {
      process.stdout.write(
        machines.map(({ record: { id } }) => `${view.noTrunc ? id : shortId(id)}\n`).join(''),
      );
    } else {
      process.stdout.write(
        formatTable(
          psTitles,
          machines.map((info) => psRow(info, view)),
        ),
      );
    }
    return 0;
  });
}
