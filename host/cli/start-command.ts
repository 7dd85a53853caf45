import { FirstbornError } from '../../protocol/errors.ts';
import type { Machine } from '../client/index.ts';
import { followAttachment } from './attach-session.ts';
import type { Command, CommandContext } from './command.ts';
import { forEachMachine } from './command-each.ts';
import { readOperands } from './option-operands.ts';
import type { CommandWords, OptionSpec } from './option-parser.ts';
import { detachKeysSpec } from './option-specs.ts';
import { defaultDetachKeys, readDetachKeys } from './terminal-keys.ts';

const startSpecs: readonly OptionSpec[] = [
  { name: 'attach', short: 'a', help: "Join the workload's streams and exit with its code" },
  { name: 'interactive', short: 'i', help: 'With -a: pass stdin on, if the machine was made with one' },
  detachKeysSpec,
];

export const startCommand: Command = {
  name: 'start',
  summary: 'Boot machines that have ended, or watch over lost ones again',
  synopsis: '[options] NAME...',
  description: `Boots a machine that has ended, or was never started, once more: its disks are those of before, and
what its container had written is gone. A machine whose monitor was lost gets a new one; it goes on.`,
  notes: `Exit code: 0 when the workload runs, with -a its own; 125 Firstborn itself failed.`,
  specs: startSpecs,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const names = readOperands(words, 'NAME');
  if (!words.options.has('attach')) return await forEachMachine(names, context, startAndAwait);
  const [name = '', other] = names;
  if (other !== undefined) throw new FirstbornError('usage', 'Cannot use -a with more than one NAME');
  return await startAttached(name, words, context);
}

/** Starts a machine and resolves when its workload runs. */
export async function startAndAwait(machine: Machine): Promise<void> {
  await machine.start();
  await machine.ready();
}

async function startAttached(
  name: string,
  { options }: CommandWords,
  { firstborn, reporter }: CommandContext,
): Promise<number> {
  const keys = options.last('detach-keys');
  const detachKeys = keys === undefined ? defaultDetachKeys : readDetachKeys(keys);
  const machine = await firstborn.machine(name);
  const { record } = await machine.info();
  const attach = { stdin: options.has('interactive'), replay: false, wait: true };
  const attachment = await machine.start({ attach });
  if (attachment === undefined) throw new FirstbornError('host', `Cannot attach to machine "${name}"`);
  return await followAttachment(machine, attachment, {
    terminal: record.terminal,
    detachKeys,
    forwardsSignals: true,
    reporter,
  });
}
