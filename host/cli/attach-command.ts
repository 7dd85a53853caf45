import { FirstbornError } from '../../protocol/errors.ts';
import { isActive } from '../client/active-states.ts';
import { followAttachment } from './attach-session.ts';
import type { Command, CommandContext } from './command.ts';
import { readOnlyOperand } from './option-operands.ts';
import type { CommandWords, OptionSpec } from './option-parser.ts';
import { detachKeysSpec } from './option-specs.ts';
import { readChoice } from './option-values.ts';
import { defaultDetachKeys, readDetachKeys } from './terminal-keys.ts';

const attachSpecs: readonly OptionSpec[] = [
  { name: 'no-stdin', help: 'Do not pass stdin on' },
  { name: 'no-replay', help: 'Begin with what comes now; without it the last 128 KiB come first' },
  { name: 'sig-proxy', value: 'BOOL', help: 'Pass signals on to a workload without a terminal (true)' },
  detachKeysSpec,
];

export const attachCommand: Command = {
  name: 'attach',
  summary: 'Join the streams of a machine that runs',
  synopsis: '[options] NAME',
  description: `Shows the output of the workload of machine NAME and passes stdin on to it, if it has one. NAME is a
name, an id or the beginning of one. Whoever falls a megabyte behind is left behind: the workload does
not wait.`,
  notes: `Exit code: that of the workload; 0 after the detach keys; 141 when the reader of stdout has gone away;
125 Firstborn itself failed.`,
  specs: attachSpecs,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, { firstborn, reporter }: CommandContext): Promise<number> {
  const { options } = words;
  const keys = options.last('detach-keys');
  const detachKeys = keys === undefined ? defaultDetachKeys : readDetachKeys(keys);
  const sigProxy = readChoice('sig-proxy', options.last('sig-proxy') ?? 'true', ['true', 'false']);
  const machine = await firstborn.machine(readOnlyOperand(words, 'NAME'));
  const { record, state } = await machine.info();
  if (!isActive(state)) {
    throw new FirstbornError('host', `Cannot attach to machine "${machine.name}": it is ${state}`);
  }
  const stdin = !options.has('no-stdin') && record.stdin;
  const attachment = await machine.attach({ stdin, replay: !options.has('no-replay'), wait: false });
  return await followAttachment(machine, attachment, {
    terminal: record.terminal,
    detachKeys,
    forwardsSignals: sigProxy === 'true',
    reporter,
  });
}
