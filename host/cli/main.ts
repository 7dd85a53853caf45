import { describeError, FirstbornError } from '../../protocol/errors.ts';
import { exitCodes } from '../../protocol/names.ts';
import { Firstborn } from '../client/index.ts';
import { guestArchitecture } from '../launch/machine-layout.ts';
import type { CommandContext } from './command.ts';
import { commandWords } from './command-words.ts';
import { commands, findCommand } from './commands.ts';
import { commandHelp, mainHelp } from './help.ts';
import { readCommandWords } from './option-parser.ts';
import { helpSpec } from './option-specs.ts';
import { packageVersion } from './package-version.ts';
import { Reporter } from './reporter.ts';
import { flush } from './standard-streams.ts';

const reporter = new Reporter(process.stderr);

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function contextOfThisHost(): CommandContext {
  const architecture = guestArchitecture(process.arch);
  if (architecture === undefined) {
    throw new FirstbornError('host', `Cannot run machines on a host of architecture "${process.arch}"`);
  }
  return { architecture, environment: process.env, firstborn: new Firstborn(), reporter };
}

function unknownCommand(word: string): FirstbornError {
  const kind = word.startsWith('-') ? 'option' : 'command';
  return new FirstbornError('usage', `Unknown ${kind} "${word}"`);
}

function help(topic: readonly string[]): number {
  const [first] = topic;
  if (first === undefined) return print(mainHelp(commands));
  const found = findCommand(topic);
  if (found === undefined) throw unknownCommand(first);
  return print(commandHelp(found.command));
}

/** Does what the words say and returns the exit code. */
async function dispatch(words: readonly string[]): Promise<number> {
  const [first] = words;
  if (first === undefined) throw new FirstbornError('usage', 'Cannot run without a command');
  if (first === 'help') return help(words.slice(1));
  if (first === '--help' || first === '-h') return help([]);
  if (first === '--version') return print(`firstborn ${await packageVersion()}\n`);
  const found = findCommand(words);
  if (found === undefined) throw unknownCommand(first);
  const { command, rest } = found;
  const line = readCommandWords(rest, [...command.specs, helpSpec], command);
  if (line.options.has('help')) return print(commandHelp(command));
  return await command.run(line, contextOfThisHost());
}

function reportFailure(words: readonly string[], error: unknown): number {
  const isUsage = error instanceof FirstbornError && error.code === 'usage';
  const command = findCommand(words)?.command.name;
  const topic = command === undefined ? '' : `${command} `;
  reporter.say(`${describeError(error)}${isUsage ? ` (see 'firstborn ${topic}--help')` : ''}`);
  return exitCodes.firstborn;
}

/** A command whose output is not all there has failed; it may have said so itself. */
function codeAfterOutput(exitCode: number, error: Error | undefined): number {
  if (error === undefined || exitCode !== 0) return exitCode;
  reporter.say(`Cannot write to stdout: ${error.message}`);
  return exitCodes.firstborn;
}

let outputError: Error | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that goes away (`firstborn help | head -1`) has all that it wants.
  if (error.code !== 'EPIPE') outputError ??= error;
});
process.stderr.on('error', () => {});
const words = commandWords(process.argv.slice(2));
const exitCode = await dispatch(words).catch((error: unknown) => reportFailure(words, error));
await Promise.all([flush(process.stdout), flush(process.stderr)]);
// Not merely `exitCode`: an open stdin would keep the process waiting for input that nobody needs.
process.exit(codeAfterOutput(exitCode, outputError));
