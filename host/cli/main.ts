import { describeError, FirstbornError } from '../../protocol/errors.ts';
import { exitCodes } from '../../protocol/names.ts';
import { guestArchitecture } from '../launch/machine-layout.ts';
import { buildCommand } from './build-command.ts';
import { commandWords } from './command-words.ts';
import { buildHelp, mainHelp, runHelp } from './help.ts';
import { packageVersion } from './package-version.ts';
import { Reporter } from './reporter.ts';
import { runCommand } from './run-command.ts';
import type { CommandContext } from './run-options.ts';
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
  return { architecture, environment: process.env };
}

function help(topic: string | undefined): number {
  if (topic === undefined) return print(mainHelp);
  if (topic === 'run') return print(runHelp());
  if (topic === 'build') return print(buildHelp());
  throw new FirstbornError('usage', `Unknown command "${topic}"`);
}

/** Does what the words say and returns the exit code. */
async function dispatch(words: readonly string[]): Promise<number> {
  const [command, ...rest] = words;
  switch (command) {
    case undefined:
      throw new FirstbornError('usage', 'Cannot run without a command');
    case 'run':
      return await runCommand(rest, contextOfThisHost(), reporter);
    case 'build':
      return await buildCommand(rest, contextOfThisHost());
    case 'help':
      return help(rest[0]);
    case '--help':
    case '-h':
      return help(undefined);
    case '--version':
      return print(`firstborn ${await packageVersion()}\n`);
    default:
      throw new FirstbornError(
        'usage',
        `Unknown ${command.startsWith('-') ? 'option' : 'command'} "${command}"`,
      );
  }
}

function reportFailure(words: readonly string[], error: unknown): number {
  const isUsage = error instanceof FirstbornError && error.code === 'usage';
  const command = words[0] === 'run' || words[0] === 'build' ? `${words[0]} ` : '';
  reporter.say(`${describeError(error)}${isUsage ? ` (see 'firstborn ${command}--help')` : ''}`);
  return exitCodes.firstborn;
}

// A reader that goes away (`firstborn help | head -1`) is no reason for a stack trace.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
const words = commandWords(process.argv.slice(2));
const exitCode = await dispatch(words).catch((error: unknown) => reportFailure(words, error));
await Promise.all([flush(process.stdout), flush(process.stderr)]);
// Not merely `exitCode`: an open stdin would keep the process waiting for input that nobody needs.
process.exit(exitCode);
