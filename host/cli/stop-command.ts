import { maxStopGraceMs } from '../../protocol/limits.ts';
import type { Machine } from '../client/index.ts';
import { isActive } from '../client/machine-removal.ts';
import type { Command, CommandContext } from './command.ts';
import { doToMachines } from './object-failures.ts';
import { readOperands } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';
import { readSecondsMs } from './option-values.ts';
import { readSignal } from './signal-words.ts';

export const stopCommand: Command = {
  name: 'stop',
  summary: 'Stop machines in order',
  synopsis: '[options] NAME...',
  description: `Sends each workload its stop signal, kills everything in its container after the grace, and waits
for the machine's end. Restarts are called off. A machine that does not run stays as it is.`,
  specs: [
    { name: 'time', short: 't', value: 'SECONDS', help: "From the signal to the kill (the machine's own)" },
    { name: 'signal', short: 's', value: 'SIGNAL', help: "What to send first (the machine's own)" },
  ],
  notes: `Exit code: 0 when every machine has stopped; 1 one of them could not be; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

interface StopWish {
  graceMs?: number;
  stopSignal?: number;
}

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const time = words.options.last('time');
  const signal = words.options.last('signal');
  const wish = {
    ...(time === undefined
      ? {}
      : { graceMs: readSecondsMs('time', time, { minMs: 0, maxMs: maxStopGraceMs }) }),
    ...(signal === undefined ? {} : { stopSignal: readSignal('signal', signal) }),
  };
  return await doToMachines(readOperands(words, 'NAME'), context, async (machine, word) => {
    await stop(machine, wish);
    return word;
  });
}

async function stop(machine: Machine, wish: StopWish): Promise<void> {
  const { state } = await machine.info();
  if (!isActive(state)) return;
  // Without a monitor nobody could pass the stop on.
  if (state === 'lost') await machine.start();
  try {
    await machine.stop(wish);
    await machine.wait();
  } catch (error) {
    // It may have ended by itself, and a machine that removes itself is gone then.
    const current = await machine.info().catch(() => undefined);
    if (current !== undefined && isActive(current.state)) throw error;
  }
}
