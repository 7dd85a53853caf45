import type { Machine, MachineExit } from '../client/index.ts';
import { processesEnded } from '../client/process-end.ts';
import { hasConsoleText } from '../machine/console-tail.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';
import type { PreparedMachine } from '../preparation/prepared-machine.ts';
import type { Reporter } from './reporter.ts';
import type { MachineRun } from './run-attached.ts';
import type { ConsoleLog } from './run-console.ts';
import { judgeRun } from './run-end.ts';
import type { RunOptions } from './run-options.ts';
import { exitCodeAfterOutput } from './run-streams.ts';
import { formatSummary } from './summary.ts';

const consoleTailLines = 10;

export interface FinishedRun {
  machine: Machine;
  options: RunOptions;
  console: ConsoleLog;
  /** What a signal or the time limit made of the exit code. */
  interruptionCode: number | undefined;
  reporter: Reporter;
}

/** Says what has to be said about a machine's end, sees it removed, and returns the exit code. */
export async function concludeRun(exit: MachineExit, finished: FinishedRun): Promise<number> {
  const { reporter, interruptionCode } = finished;
  const end = judgeRun(exit, interruptionCode);
  for (const message of end.messages) reporter.say(message);
  if (end.isFailure) await showConsoleTail(finished);
  await tidyUp(finished, end.isFailure);
  return end.exitCode;
}

/** The same for a run that we saw to its end, its output and the wish for a summary included. */
export async function concludeAttachedRun(
  run: Extract<MachineRun, { state: 'ended' }>,
  finished: FinishedRun,
  preparation: { prepared: PreparedMachine; preparationMs: number },
): Promise<number> {
  const { options, reporter } = finished;
  const endCode = await concludeRun(run.exit, finished);
  const exitCode = exitCodeAfterOutput(run.outputs, endCode, reporter);
  if (options.summary) reporter.block(summaryText(options, run, preparation, exitCode));
  return exitCode;
}

/** The guest said nothing, so its console has to speak. Whoever has it on stderr has seen it already. */
async function showConsoleTail({ options, console, reporter }: FinishedRun): Promise<void> {
  if (options.console === '-') return;
  const lines = await console.tail(consoleTailLines);
  if (lines.length > 0) reporter.block(lines.map((line) => `  | ${line}`).join('\n'));
}

async function tidyUp({ machine, options, reporter }: FinishedRun, isFailure: boolean): Promise<void> {
  if (options.keeping.autoRemove) await removed(machine);
  else if (!options.keeping.isDetached) {
    reporter.say(`machine "${machine.name}" kept in ${machine.directory}`);
    return;
  }
  if (!isFailure) return;
  const directory = new MachineDirectory(machine.directory);
  const ownCopy = options.console === '-' ? undefined : options.console;
  const path = ownCopy ?? directory.consoleLogPath;
  if (!(await hasConsoleText(path))) return;
  // What a failed machine leaves is its console log, and that is where it was wanted.
  if (ownCopy !== undefined && options.keeping.autoRemove) await directory.remove();
  reporter.say(`console log: ${path}`);
}

/** A machine that removes itself waits for its clients; when it hangs in that, it is helped. */
export async function removed(machine: Machine): Promise<void> {
  const info = await machine.info().catch(() => undefined);
  if (info === undefined) return;
  const { monitor } = info.status;
  if (monitor !== null) await processesEnded([monitor]);
  try {
    await machine.remove({ force: true });
  } catch (error) {
    if (await machine.info().catch(() => undefined)) throw error;
  }
}

function summaryText(
  options: RunOptions,
  run: Extract<MachineRun, { state: 'ended' }>,
  { prepared, preparationMs }: { prepared: PreparedMachine; preparationMs: number },
  exitCode: number,
): string {
  const { description, accelerator, title, bootFiles, disks } = prepared;
  return formatSummary({
    description,
    accelerator,
    title,
    bootFiles,
    rootDisk: { format: options.settings.format, sizeBytes: disks.rootDiskBytes },
    ready: run.ready,
    preparationMs,
    machineMs: run.machineMs,
    exit: String(exitCode),
  });
}
