import { FirstbornError } from '../../protocol/errors.ts';
import { maxStopGraceMs } from '../../protocol/limits.ts';
import type { Machine } from '../client/index.ts';
import { isActive } from '../client/active-states.ts';
import type { Command, CommandContext } from './command.ts';
import { forEachMachine } from './command-each.ts';
import { readOperands } from './option-operands.ts';
import type { CommandWords, OptionSpec } from './option-parser.ts';
import { readSecondsMs } from './option-values.ts';
import { startAndAwait } from './start-command.ts';

const restartSpecs: readonly OptionSpec[] = [
  {
    name: 'time',
    short: 't',
    value: 'SECONDS',
    help: "From the stop signal to the kill (the machine's own)",
  },
];

export const restartCommand: Command = {
  name: 'restart',
  summary: 'Stop machines in order and boot them again',
  synopsis: '[options] NAME...',
  description: `Stops the workload of each machine as 'firstborn stop' does, waits for the machine's end and boots it
again. A machine that does not run is only booted.`,
  notes: `Exit code: 0 when the workloads run again; 125 Firstborn itself failed.`,
  specs: restartSpecs,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const text = words.options.last('time');
  const graceMs =
    text === undefined ? undefined : readSecondsMs('time', text, { minMs: 0, maxMs: maxStopGraceMs });
  return await forEachMachine(readOperands(words, 'NAME'), context, (machine) => restart(machine, graceMs));
}

async function restart(machine: Machine, graceMs: number | undefined): Promise<void> {
  const { record, state } = await machine.info();
  if (record.autoRemove) {
    throw new FirstbornError(
      'host',
      `Cannot restart machine "${record.name}": it removes itself when it ends`,
    );
  }
  if (isActive(state)) {
    // A machine without a monitor can't be asked to stop.
    if (state === 'lost') await machine.start();
    await machine.stop(graceMs === undefined ? {} : { graceMs });
    await machine.wait();
  }
  await startAndAwait(machine);
}
