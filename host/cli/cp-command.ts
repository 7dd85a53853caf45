import type { Command, CommandContext } from './command.ts';
import {
  archiveFromMachine,
  archiveToMachine,
  type CopyOptions,
  copyFromMachine,
  copyToMachine,
} from './copy-between.ts';
import { type CopyWish, readCopyWish } from './copy-words.ts';
import { interruptible } from './interruptible.ts';
import { reportFailure } from './object-failures.ts';
import type { CommandWords } from './option-parser.ts';

export const cpCommand: Command = {
  name: 'cp',
  summary: 'Copy files between a container that runs and the host',
  synopsis: '[options] NAME:PATH LOCAL|- | LOCAL|- NAME:PATH',
  description: `Copies a file, or a directory with all that is in it, as docker-cp(1) does: a source that ends in /. means
what is in the directory; a destination that is a directory gets the source in it, any other gets its
content. '-' is a tar archive on stdin (unpacked into the directory PATH) or stdout. A local path with a
colon in it begins with ./ or /.`,
  specs: [
    { name: 'archive', short: 'a', help: 'Keep owners: numbers into the container, from it as root only' },
    { name: 'follow-link', short: 'L', help: 'Copy what SOURCE stands for when it is a link' },
  ],
  notes: `Unlike with docker-cp(1) the container must run. Devices are never made; those left out are named.

Exit code: 0; 1 something could not be copied; 130 after Ctrl-C; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

async function run({ options, operands, rest }: CommandWords, context: CommandContext): Promise<number> {
  const wish = readCopyWish([...operands, ...rest]);
  const follow = options.has('follow-link');
  const keepOwnership = options.has('archive');
  return await reportFailure(context, () =>
    interruptible(async (signal) => {
      await copy(wish, { follow, keepOwnership, signal }, context);
      return 0;
    }),
  );
}

async function copy(
  wish: CopyWish,
  options: CopyOptions,
  { firstborn, reporter }: CommandContext,
): Promise<void> {
  const machine = await firstborn.machine(wish.machine);
  if (wish.direction === 'in') {
    if (wish.from.where === 'archive') await archiveToMachine(machine, wish.path, options);
    else await copyToMachine(machine, wish.from.path, wish.path, options);
    return;
  }
  if (wish.to.where === 'archive') {
    await archiveFromMachine(machine, wish.path, options);
    return;
  }
  const { skippedDevices } = await copyFromMachine(machine, wish.path, wish.to.path, options);
  for (const device of skippedDevices) reporter.say(`Left out the device "${device}"`);
}
