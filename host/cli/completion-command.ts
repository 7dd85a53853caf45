import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstbornError } from '../../protocol/errors.ts';
import type { Command } from './command.ts';
import { bashCompletion } from './completion-bash.ts';
import { completionTable } from './completion-table.ts';
import { zshCompletion } from './completion-zsh.ts';
import { readOnlyOperand } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';

export const completionCommand: Command = {
  name: 'completion',
  summary: 'Print the completion script for a shell',
  synopsis: 'bash|zsh',
  description: `Prints a script that completes commands, options, their values and names of machines. For bash 4.4 or
later: source <(firstborn completion bash) in ~/.bashrc. For zsh: put it into a file _firstborn in a
directory of $fpath, or source it behind compinit.`,
  specs: [],
  notes: 'Exit code: 0; 125 there is no script for the shell.',
  stopAtOperand: false,
  run,
};

const scripts = { bash: bashCompletion, zsh: zshCompletion } as const;

async function run(words: CommandWords): Promise<number> {
  const shell = readOnlyOperand(words, 'shell');
  if (shell !== 'bash' && shell !== 'zsh') {
    throw new FirstbornError('usage', `Cannot complete for the shell "${shell}": expected bash, zsh`);
  }
  // Not at the top: the table of commands holds this one.
  const { commands } = await import('./commands.ts');
  const functions = await readFile(join(import.meta.dirname, `completion.${shell}`), 'utf8');
  process.stdout.write(scripts[shell](completionTable(commands), functions));
  return 0;
}
