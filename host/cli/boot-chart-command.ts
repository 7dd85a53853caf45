import { writeFile } from 'node:fs/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { readBootFile } from '../boot-chart/boot-file.ts';
import type { BootTimeline } from '../boot-chart/boot-timeline.ts';
import { svgChart } from '../boot-chart/svg-chart.ts';
import { textChart } from '../boot-chart/text-chart.ts';
import { exists } from '../artefacts.ts';
import type { Firstborn, Machine } from '../client/index.ts';
import type { Command, CommandContext } from './command.ts';
import { reportFailure } from './object-failures.ts';
import { readOnlyOperand } from './option-operands.ts';
import type { CommandWords } from './option-parser.ts';
import { terminalSize } from './terminal-size.ts';

export const bootChartCommand: Command = {
  name: 'boot-chart',
  summary: 'Show where the time of a boot went',
  synopsis: '[options] NAME|FILE',
  description: `Shows the latest boot of a machine that came to its workload, step by step: what the host did, the kernel,
Node, each phase with the drivers that it loaded, the container. The machine may run or have ended. FILE is a copy
of a machine's events.jsonl, or what --json printed.`,
  specs: [
    { name: 'output', short: 'o', value: 'FILE', help: 'Write the chart as SVG; - is stdout' },
    { name: 'json', help: 'Print the times as JSON' },
  ],
  notes: `Times are milliseconds of the guest's clock since its kernel started; the host's are brought onto it.
A word with a slash is a FILE, any other one if no machine is called so.

Exit code: 0; 1 no such machine or file, or no boot in it; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

async function run(
  words: CommandWords,
  { firstborn, reporter, environment }: CommandContext,
): Promise<number> {
  const source = readOnlyOperand(words, 'NAME|FILE');
  const output = words.options.last('output');
  const json = words.options.has('json');
  if (json && output !== undefined) {
    throw new FirstbornError('usage', 'Cannot write SVG and print JSON at once: leave out -o or --json');
  }
  return await reportFailure({ reporter }, async () => {
    const timeline = await readTimeline(firstborn, source);
    if (output !== undefined && output !== '-') await writeChart(output, svgChart(timeline));
    else process.stdout.write(chartText(timeline, { json, svg: output === '-', environment }));
    return 0;
  });
}

async function readTimeline(firstborn: Firstborn, source: string): Promise<BootTimeline> {
  if (source.includes('/')) return await readBootFile(source);
  let machine: Machine;
  try {
    machine = await firstborn.machine(source);
  } catch (error) {
    if (await exists(source)) return await readBootFile(source);
    throw error;
  }
  return await machine.bootTimeline();
}

interface TextWish {
  json: boolean;
  svg: boolean;
  environment: NodeJS.ProcessEnv;
}

function chartText(timeline: BootTimeline, { json, svg, environment }: TextWish): string {
  if (json) return `${JSON.stringify(timeline, null, 2)}\n`;
  if (svg) return svgChart(timeline);
  // https://no-color.org
  const hasColour = process.stdout.isTTY && !environment['NO_COLOR'];
  return `${textChart(timeline, { columns: terminalSize([process.stdout]).columns, hasColour })}\n`;
}

async function writeChart(path: string, svg: string): Promise<void> {
  try {
    await writeFile(path, svg);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot write "${path}"`, { cause });
  }
}
