import { setTimeout as delay } from 'node:timers/promises';
import { maxSampleIntervalMs, minSampleIntervalMs } from '../../protocol/limits.ts';
import type { Firstborn } from '../client/index.ts';
import type { Command, CommandContext } from './command.ts';
import { interruptible } from './interruptible.ts';
import { reportFailure } from './object-failures.ts';
import type { CommandWords } from './option-parser.ts';
import { readSecondsMs } from './option-values.ts';
import { Output } from './output.ts';
import { StatsBoard } from './stats-board.ts';
import { jsonView, liveView, plainView, type StatsView } from './stats-view.ts';

export const statsCommand: Command = {
  name: 'stats',
  summary: 'Show what machines use, live',
  synopsis: '[options] [NAME...]',
  description: `Shows what the containers of the machines use, anew at every interval: CPU time as a share of one CPU,
memory without what could be dropped from the page cache, traffic since the start, and the share of the last
ten seconds in which something waited for CPU / memory / I/O. Without NAME all machines that run are shown,
those too that start later.`,
  specs: [
    { name: 'no-stream', help: 'Show the figures of one interval, and end' },
    { name: 'interval', value: 'SECONDS', help: 'Time between two samples (1)' },
    { name: 'json', help: 'Print one JSON object for each machine and interval, one a line' },
  ],
  notes: `Rows are drawn over on a terminal and follow each other otherwise. A machine that was named but does not run
is shown as --.

Exit code: 0, after Ctrl-C too; 1 no such machine; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

const defaultIntervalMs = 1000;
/** Between looks at figures that have just begun to come. */
const firstLookMs = 100;

interface StatsWish {
  names: string[];
  intervalMs: number;
  json: boolean;
  stream: boolean;
}

async function run({ options, operands, rest }: CommandWords, context: CommandContext): Promise<number> {
  const interval = options.last('interval');
  const range = { minMs: minSampleIntervalMs, maxMs: maxSampleIntervalMs };
  const wish = {
    names: [...operands, ...rest],
    intervalMs: interval === undefined ? defaultIntervalMs : readSecondsMs('interval', interval, range),
    json: options.has('json'),
    stream: !options.has('no-stream'),
  };
  const output = new Output(process.stdout);
  return await reportFailure(context, async () => {
    const board = await makeBoard(context.firstborn, wish.names);
    return await interruptible((signal) => show(board, wish, output, signal), {
      closed: output.closed,
      interruptedCode: 0,
    });
  });
}

async function makeBoard(firstborn: Firstborn, names: readonly string[]): Promise<StatsBoard> {
  const ids: string[] = [];
  for (const name of names) ids.push((await firstborn.machine(name)).id);
  return new StatsBoard(firstborn, names.length === 0 ? undefined : ids);
}

function makeView({ json, stream }: StatsWish, output: Output): StatsView {
  if (json) return jsonView(output);
  return stream && process.stdout.isTTY ? liveView(process.stdout) : plainView(output);
}

async function show(
  board: StatsBoard,
  wish: StatsWish,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const { intervalMs, stream } = wish;
  using view = makeView(wish, output);
  if (!stream) {
    await board.takeTwo(intervalMs, signal);
    await view.show(board.entries);
    return 0;
  }
  for (let pauseMs = Math.min(firstLookMs, intervalMs); ; pauseMs = intervalMs) {
    await board.review(intervalMs, signal);
    await delay(pauseMs, undefined, { signal });
    await view.show(board.entries);
  }
}
