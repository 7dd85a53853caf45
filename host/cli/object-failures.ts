import { describeError } from '../../protocol/errors.ts';
import type { Machine } from '../client/index.ts';
import type { CommandContext } from './command.ts';

/**
 * The exit code of a command that could not do to a machine what it was asked for, as docker(1) has it. Of run, exec,
 * attach, start and restart, whose other codes are the workload's, it is 125.
 */
export const failureExitCode = 1;
/** More sockets and files at once would not be faster. */
const usualConcurrency = 16;

type Outcome = { state: 'done'; text: string } | { state: 'failed'; error: unknown };

/** Reports what `action` throws. Returns its exit code or that of a failure. */
export async function reportFailure(
  { reporter }: Pick<CommandContext, 'reporter'>,
  action: () => Promise<number>,
): Promise<number> {
  try {
    return await action();
  } catch (error) {
    reporter.say(describeError(error));
    return failureExitCode;
  }
}

/**
 * Does the same to several machines, to some of them at once, and prints what each comes to, in the order of the words.
 * One that fails is reported and does not keep the others from their turn. Returns the exit code.
 */
export async function doToMachines(
  words: readonly string[],
  { firstborn, reporter }: CommandContext,
  action: (machine: Machine, word: string) => Promise<string>,
  concurrency: number = usualConcurrency,
): Promise<number> {
  const act = async (word: string): Promise<Outcome> => {
    try {
      return { state: 'done', text: await action(await firstborn.machine(word), word) };
    } catch (error) {
      return { state: 'failed', error };
    }
  };
  let exitCode = 0;
  for (let start = 0; start < words.length; start += concurrency) {
    const outcomes = words.slice(start, start + concurrency).map(act);
    for (const pending of outcomes) {
      const outcome = await pending;
      if (outcome.state === 'done') {
        process.stdout.write(`${outcome.text}\n`);
      } else {
        reporter.say(describeError(outcome.error));
        exitCode = failureExitCode;
      }
    }
  }
  return exitCode;
}
