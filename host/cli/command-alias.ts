import type { Command } from './command.ts';

/** The same command under another name. */
export function aliasOf(command: Command, name: string): Command {
  return { ...command, name, summary: `The same as ${command.name}` };
}
