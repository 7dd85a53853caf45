import { describeError, FirstbornError } from '../../protocol/errors.ts';
import type { Machine, TerminalSize } from '../client/index.ts';
import type { PreparedMachine } from '../preparation/prepared-machine.ts';
import type { Command, CommandContext } from './command.ts';
import { imagesText } from './help.ts';
import { Interruption } from './interruption.ts';
import { listenForInterruptions } from './interruption-sources.ts';
import type { CommandWords } from './option-parser.ts';
import { runSpecs } from './option-specs.ts';
import { ProgressLine } from './progress-line.ts';
import { runAttached } from './run-attached.ts';
import { concludeAttachedRun, concludeRun, type FinishedRun, removed } from './run-conclusion.ts';
import { closeConsoleSink, ConsoleLog, openConsoleSink } from './run-console.ts';
import { runDetached } from './run-detached.ts';
import { createRequest, readRunOptions, type RunOptions } from './run-options.ts';
import { terminalSize } from './terminal-size.ts';

export const runCommand: Command = {
  name: 'run',
  summary: 'Boot a machine and run a command in it',
  synopsis: '[options] IMAGE [COMMAND ARG...]',
  description: `Boots IMAGE in a virtual machine of its own and runs its entrypoint, or COMMAND, there. Options end
at IMAGE.

${imagesText}`,
  notes: `Ctrl-C and SIGTERM stop the workload in order; a second one kills it, a third one ends the machine.
With -it every key goes to the workload, and the detach keys leave it running. A machine runs on when
this command is killed. When the reader of stdout goes away, the workload's output is thrown away.

Exit code: the workload's own; 128+n when signal n ended it, or ended the run before the workload
was there; 127 command not found; 126 not executable; 124 time out; 125 Firstborn itself failed.`,
  specs: runSpecs,
  stopAtOperand: true,
  run,
};

interface RunTask {
  options: RunOptions;
  terminal: TerminalSize | undefined;
  context: CommandContext;
  interruption: Interruption;
}

interface CreatedMachine {
  machine: Machine;
  prepared: PreparedMachine;
  preparationMs: number;
}

async function run(words: CommandWords, context: CommandContext): Promise<number> {
  const options = await readRunOptions(words, context);
  const { tty, workload, keeping } = options;
  if (tty && workload.stdin && !keeping.isDetached && !process.stdin.isTTY) {
    throw new FirstbornError('usage', 'Cannot use -t with -i: the input device is not a terminal');
  }
  const interruption = new Interruption({
    stopGraceMs: workload.stopGraceMs,
    warn: (message) => context.reporter.say(message),
  });
  const stopListening = listenForInterruptions(interruption, options.timeoutMs);
  try {
    return await runOnce({ options, terminal: tty ? terminalSize() : undefined, context, interruption });
  } finally {
    stopListening();
  }
}

async function runOnce(task: RunTask): Promise<number> {
  const { options, context, interruption } = task;
  let created: CreatedMachine;
  try {
    created = await create(task);
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  }
  const { machine } = created;
  try {
    await using console = await ConsoleLog.open(machine.directory);
    const finish = (): FinishedRun => ({
      machine,
      options,
      console,
      interruptionCode: interruption.exitCode,
      reporter: context.reporter,
    });
    return options.keeping.isDetached
      ? await finishDetached(task, machine, finish)
      : await finishAttached(task, created, finish);
  } catch (error) {
    return await abandon(task, machine, error);
  }
}

async function create({ options, terminal, context, interruption }: RunTask): Promise<CreatedMachine> {
  const { firstborn, reporter, environment } = context;
  const { signal } = interruption;
  const startedMs = performance.now();
  using progress = options.quiet ? undefined : ProgressLine.on(process.stderr, environment);
  let prepared: PreparedMachine | undefined;
  const machine = await firstborn.create(createRequest(options, terminal), {
    signal,
    onProgress: (report) => progress?.report(report),
    onPrepared: (result) => {
      prepared = result;
    },
  });
  progress?.clear();
  const made = prepared as PreparedMachine;
  for (const warning of made.warnings) reporter.say(warning);
  if (speaksAboutItself(options)) {
    reporter.say(`using ${made.accelerator.accelerator}: ${made.accelerator.reason}`);
  }
  return { machine, prepared: made, preparationMs: performance.now() - startedMs };
}

async function finishAttached(
  task: RunTask,
  created: CreatedMachine,
  finish: () => FinishedRun,
): Promise<number> {
  const { options, terminal, context, interruption } = task;
  const { machine } = created;
  const { console } = finish();
  const sink = options.console === undefined ? undefined : await openConsoleSink(options.console);
  const { reporter } = context;
  const parts = { machine, options, terminal, console, consoleSink: sink, interruption, reporter };
  const end = await runAttached(parts);
  if (sink !== undefined) await closeConsoleSink(sink);
  if (end.state === 'detached') return 0;
  return await concludeAttachedRun(end, finish(), created);
}

async function finishDetached(task: RunTask, machine: Machine, finish: () => FinishedRun): Promise<number> {
  const end = await runDetached(machine, {
    interruption: task.interruption,
    reporter: task.context.reporter,
  });
  if (end.state === 'ended') return await concludeRun(end.exit, finish());
  process.stdout.write(`${machine.id}\n`);
  return 0;
}

/** A machine that could not be started is nobody's; one whose monitor was lost may still do its work. */
async function abandon(
  { options, interruption, context }: RunTask,
  machine: Machine,
  error: unknown,
): Promise<number> {
  const info = await machine.info().catch(() => undefined);
  if (info !== undefined && info.state !== 'lost') {
    try {
      if (interruption.exitCode !== undefined) await machine.destroy();
      if (options.keeping.autoRemove || info.state === 'created') await removed(machine);
    } catch (cause) {
      context.reporter.say(describeError(cause));
    }
  }
  if (interruption.exitCode !== undefined) return interruption.exitCode;
  throw error;
}

/** Whoever watches the console or debugs wants to know what the machine runs on; others do not. */
function speaksAboutItself({ console, workload }: RunOptions): boolean {
  return console === '-' || workload.logLevel === 'debug' || workload.logLevel === 'trace';
}
