import { attachCommand } from './attach-command.ts';
import { bootChartCommand } from './boot-chart-command.ts';
import { buildCommand } from './build-command.ts';
import { aliasOf } from './command-alias.ts';
import type { Command } from './command.ts';
import { completionCommand } from './completion-command.ts';
import { cpCommand } from './cp-command.ts';
import { eventsCommand } from './events-command.ts';
import { execCommand } from './exec-command.ts';
import { pauseCommand, syncCommand, unpauseCommand } from './freeze-commands.ts';
import { imagesCommand } from './images-command.ts';
import { inspectCommand } from './inspect-command.ts';
import { killCommand } from './kill-command.ts';
import { logsCommand } from './logs-command.ts';
import { psCommand } from './ps-command.ts';
import { restartCommand } from './restart-command.ts';
import { rmCommand } from './rm-command.ts';
import { runCommand } from './run-command.ts';
import { specCommand } from './spec-command.ts';
import { startCommand } from './start-command.ts';
import { statsCommand } from './stats-command.ts';
import { stopCommand } from './stop-command.ts';
import { topCommand } from './top-command.ts';
import { waitCommand } from './wait-command.ts';
/** Every command, in the order of the help. A new one is a file of its own and a line here. */
export const commands: readonly Command[] = [
  runCommand,
  execCommand,
  attachCommand,
  startCommand,
  restartCommand,
  stopCommand,
  killCommand,
  waitCommand,
  rmCommand,
  psCommand,
  inspectCommand,
  logsCommand,
  eventsCommand,
  bootChartCommand,
  statsCommand,
  topCommand,
  cpCommand,
  pauseCommand,
  unpauseCommand,
  aliasOf(pauseCommand, 'freeze'),
  aliasOf(unpauseCommand, 'thaw'),
  syncCommand,
  imagesCommand,
  aliasOf(buildCommand, 'images build'),
  buildCommand,
  specCommand,
  completionCommand,
];

/**
 * Finds the command that the words begin with, and the words behind its name. The longer name wins, so that
 * `images build` may stand beside `images`.
 */
export function findCommand(words: readonly string[]): { command: Command; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ');
    const command = commands.find((candidate) => candidate.name === name);
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  return undefined;
}
