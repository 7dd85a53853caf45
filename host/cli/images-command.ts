import { FirstbornError } from '../../protocol/errors.ts';
import type { Command } from './command.ts';
import { commandHelp } from './help.ts';
import type { CommandWords } from './option-parser.ts';

export const imagesCommand: Command = {
  name: 'images',
  summary: 'Show the commands for images',
  synopsis: 'COMMAND',
  description: `Firstborn keeps no store of images: every command takes them from where they are.

Commands:
  build  Leave disks and initramfs for another launcher

See 'firstborn images build --help'.`,
  specs: [],
  notes: 'Exit code: 0; 125 there is no such command.',
  stopAtOperand: false,
  run,
};

// oxlint-disable-next-line require-await -- a rejection, like all failures of commands
async function run({ operands, rest }: CommandWords): Promise<number> {
  const [word] = [...operands, ...rest];
  if (word !== undefined) throw new FirstbornError('usage', `Unknown command "images ${word}"`);
  process.stdout.write(commandHelp(imagesCommand));
  return 0;
}
