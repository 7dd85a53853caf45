import { maxStopGraceMs } from '../../protocol/limits.ts';
import type { Command, CommandContext } from './command.ts';
import { doToMachines } from './object-failures.ts';
import { readOperands } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';
import { readSecondsMs } from './option-values.ts';

const exitText = 'Exit code: 0; 1 one of the machines does not run or refused; 125 the words make no sense.';

export const pauseCommand: Command = {
  name: 'pause',
  summary: 'Freeze the containers and writable disks of machines',
  synopsis: '[options] NAME...',
  description: `Stops every process of each container, writes what is left to the writable disks and keeps those as they
are, so that a copy of a disk is consistent. 'firstborn unpause' lets them go on.`,
  specs: [{ name: 'for', value: 'SECONDS', help: 'Go on by itself after this time, at most a day (a day)' }],
  notes: `Unlike docker-pause(1) it does not last for ever: a guest whose host is gone must not stay frozen.

${exitText}`,
  stopAtOperand: false,
  run: pause,
};

export const unpauseCommand: Command = {
  name: 'unpause',
  summary: 'Let frozen machines go on',
  synopsis: 'NAME...',
  description: `Undoes 'firstborn pause'. A machine that is not frozen stays as it is.`,
  specs: [],
  notes: exitText,
  stopAtOperand: false,
  run: async (words, context) =>
    await doToMachines(readOperands(words, 'NAME'), context, async (machine, word) => {
      await machine.thaw();
      return word;
    }),
};

export const syncCommand: Command = {
  name: 'sync',
  summary: "Write the guests' page caches to their disks",
  synopsis: 'NAME...',
  description: `Has each guest write what it holds in memory for its disks, and waits until that is done.`,
  specs: [],
  notes: exitText,
  stopAtOperand: false,
  run: async (words, context) =>
    await doToMachines(readOperands(words, 'NAME'), context, async (machine, word) => {
      await machine.sync();
      return word;
    }),
};

async function pause(words: CommandWords, context: CommandContext): Promise<number> {
  const text = words.options.last('for');
  const range = { minMs: 1, maxMs: maxStopGraceMs };
  const thawAfterMs = text === undefined ? maxStopGraceMs : readSecondsMs('for', text, range);
  return await doToMachines(readOperands(words, 'NAME'), context, async (machine, word) => {
    await machine.freeze({ thawAfterMs });
    return word;
  });
}
