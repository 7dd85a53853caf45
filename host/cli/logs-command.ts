import type { Machine } from '../client/index.ts';
import type { Command, CommandContext } from './command.ts';
import { interruptible } from './interruptible.ts';
import { type LogsOptions, logsSpecs, readLogsOptions } from './logs-options.ts';
import { reportFailure } from './object-failures.ts';
import type { CommandWords } from './option-parser.ts';
import { Output } from './output.ts';
import { timeoutSignal } from './timeout-signal.ts';

export const logsCommand: Command = {
  name: 'logs',
  summary: 'Show what a workload has written',
  synopsis: '[options] NAME',
  description: `Shows the output of machine NAME as its log has it, of all of its boots: what the workload wrote to
stdout on stdout, what it wrote to stderr on stderr. A line is shown once it has ended.`,
  notes: `With -f, the last line before the machine's end is always shown.

Exit code: 0; 1 no such machine, or its log can't be read; 130 after Ctrl-C; 125 the words make no sense.`,
  specs: logsSpecs,
  stopAtOperand: false,
  run,
};

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const options = readLogsOptions(words, Date.now());
  const outputs = { stdout: new Output(process.stdout), stderr: new Output(process.stderr) };
  return await reportFailure(context, async () => {
    const machine = await context.firstborn.machine(options.machine);
    return await interruptible((signal) => show(machine, options, outputs, signal), {
      closed: outputs.stdout.closed,
    });
  });
}

async function show(
  machine: Machine,
  { follow, sinceMs, untilMs, tail, timestamps }: LogsOptions,
  outputs: Record<'stdout' | 'stderr', Output>,
  signal: AbortSignal,
): Promise<number> {
  using time = timeoutSignal(follow ? untilMs : undefined);
  const lines = machine.logs({
    follow,
    signal: AbortSignal.any([signal, time.signal]),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(tail === undefined ? {} : { tail }),
  });
  try {
    for await (const line of lines) {
      if (untilMs !== undefined && line.timeMs >= untilMs) continue;
      const bytes = timestamps ? Buffer.concat([Buffer.from(`${line.time} `), line.bytes]) : line.bytes;
      await outputs[line.stream].write(bytes);
      signal.throwIfAborted();
    }
  } catch (error) {
    if (!time.signal.aborted) throw error;
  }
  return 0;
}
