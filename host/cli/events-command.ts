import { FirstbornError } from '../../protocol/errors.ts';
import { stateDirectory } from '../state-directory.ts';
import type { Command, CommandContext } from './command.ts';
import { type EventFilter, isKindWanted, isMachineWanted, readEventFilter } from './event-filter.ts';
import { EventStream } from './event-stream.ts';
import { eventLine, type MachineEvent } from './event-text.ts';
import { interruptible } from './interruptible.ts';
import { reportFailure } from './object-failures.ts';
import type { CommandWords } from './option-parser.ts';
import { Output } from './output.ts';
import { readTimeMs } from './time-words.ts';
import { timeoutSignal } from './timeout-signal.ts';

export const eventsCommand: Command = {
  name: 'events',
  summary: 'Show what happens to machines, live',
  synopsis: '[options] [NAME...]',
  description: `Shows events as they happen, of the machines NAME or of all, those too that are made later. A name need
not be taken yet.`,
  specs: [
    {
      name: 'since',
      value: 'TIME',
      help: 'Begin with what happened from this time on: an age (10m), RFC 3339 …',
    },
    { name: 'until', value: 'TIME', help: 'End at this time' },
    { name: 'filter', short: 'f', value: 'KEY=VALUE', help: 'machine=NAME or event=EVENT; repeatable' },
    { name: 'json', help: 'Print one JSON object for each event, one a line' },
  ],
  notes: `A machine takes its past with it when it is removed. That it was, is only seen live.

Exit code: 0, after Ctrl-C too; 1 the machines can't be read; 125 the words make no sense.`,
  stopAtOperand: false,
  run,
};

interface EventsWish {
  filter: EventFilter;
  sinceMs: number;
  untilMs: number | undefined;
  json: boolean;
}

function readWish({ options, operands, rest }: CommandWords, nowMs: number): EventsWish {
  const since = options.last('since');
  const until = options.last('until');
  const sinceMs = since === undefined ? nowMs : readTimeMs('since', since, nowMs);
  const untilMs = until === undefined ? undefined : readTimeMs('until', until, nowMs);
  if (untilMs !== undefined && sinceMs > untilMs) {
    throw new FirstbornError('usage', 'Cannot show events from a time on that is behind --until');
  }
  return {
    filter: readEventFilter(options.all('filter'), [...operands, ...rest]),
    sinceMs,
    untilMs,
    json: options.has('json'),
  };
}

async function run(
  words: CommandWords,
  { firstborn, environment, reporter }: CommandContext,
): Promise<number> {
  const { filter, sinceMs, untilMs, json } = readWish(words, Date.now());
  const output = new Output(process.stdout);
  const stream = new EventStream({
    firstborn,
    machinesDir: stateDirectory(environment).machinesDir,
    sinceMs,
    isMachineWanted: (machine) => isMachineWanted(filter, machine),
    onEvent: async (event: MachineEvent) => {
      if (event.unixMs > (untilMs ?? Number.POSITIVE_INFINITY) || !isKindWanted(filter, event)) return;
      await output.write(`${json ? JSON.stringify(event) : eventLine(event)}\n`);
    },
  });
  return await reportFailure({ reporter }, () =>
    interruptible((signal) => show(stream, untilMs, signal), { closed: output.closed, interruptedCode: 0 }),
  );
}

async function show(stream: EventStream, untilMs: number | undefined, signal: AbortSignal): Promise<number> {
  await stream.tellPast(signal);
  using time = timeoutSignal(untilMs);
  try {
    await stream.tellLive(AbortSignal.any([signal, time.signal]));
  } catch (error) {
    if (!time.signal.aborted) throw error;
  }
  return 0;
}
