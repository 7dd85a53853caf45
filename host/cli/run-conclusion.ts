import { exitCodes } from '../../protocol/names.ts';
import { hasConsoleText, readConsoleTail } from '../machine/console-tail.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import { disown } from '../machine/machine-owner.ts';
import type { PreparedMachine } from '../preparation/prepared-machine.ts';
import type { Interruption } from './interruption.ts';
import type { Reporter } from './reporter.ts';
import { judgeRun, type RunEnd } from './run-end.ts';
import type { MachineRun } from './run-machine.ts';
import type { RunOptions } from './run-options.ts';
import { formatSummary } from './summary.ts';

const consoleTailLines = 10;

export interface FinishedRun {
  options: RunOptions;
  prepared: PreparedMachine;
  directory: MachineDirectory;
  run: MachineRun;
  preparationMs: number;
  interruption: Interruption;
  reporter: Reporter;
}

/** Says what has to be said about a run, removes what has to go, and returns the exit code. */
export async function concludeRun(finished: FinishedRun): Promise<number> {
  const { options, run, interruption, reporter } = finished;
  const end = judgeRun(run.exit, interruption.exitCode);
  for (const message of end.messages) reporter.say(message);
  if (run.exit.state === 'failed') await showConsoleTail(finished);
  await tidyUp(finished, end);
  const exitCode = exitCodeAfterOutput(run, end.exitCode, reporter);
  if (options.summary) reporter.block(summaryText(finished, exitCode));
  return exitCode;
}

/** The guest said nothing, so its console has to speak. Whoever has it on stderr has seen it already. */
async function showConsoleTail({ options, prepared, reporter }: FinishedRun): Promise<void> {
  if (options.console === '-') return;
  const lines = await readConsoleTail(prepared.description.console.logPath, consoleTailLines);
  if (lines.length > 0) reporter.block(lines.map((line) => `  | ${line}`).join('\n'));
}

async function tidyUp(finished: FinishedRun, end: RunEnd): Promise<void> {
  const { options, prepared, directory, reporter } = finished;
  if (options.keep) {
    await disown(directory.path);
    reporter.say(`machine kept in ${directory.path}`);
    return;
  }
  const ownLog = options.console === undefined || options.console === '-';
  const isWorthKeeping = end.isFailure && (await hasConsoleText(prepared.description.console.logPath));
  if (isWorthKeeping && ownLog) await directory.removeAllButConsoleLog();
  else await directory.remove();
  if (isWorthKeeping) reporter.say(`console log: ${ownLog ? directory.consoleLogPath : options.console}`);
}

/** Output that could not be written is a failure even when the workload knows nothing of it. */
function exitCodeAfterOutput(run: MachineRun, exitCode: number, reporter: Reporter): number {
  let code = exitCode;
  for (const { name, end } of run.outputs) {
    if (end.state !== 'failed' && end.state !== 'given-up') continue;
    const reason = end.state === 'failed' ? end.error.message : 'its reader does not take it';
    reporter.say(`Cannot write the workload's ${name}: ${reason}`);
    if (code === 0) code = exitCodes.firstborn;
  }
  return code;
}

function summaryText({ options, prepared, run, preparationMs }: FinishedRun, exitCode: number): string {
  const { description, accelerator, qemu, bootFiles, disks } = prepared;
  return formatSummary({
    description,
    accelerator,
    qemuVersion: qemu.version,
    bootFiles,
    rootDisk: { format: options.settings.format, sizeBytes: disks.rootDiskBytes },
    ready: run.ready,
    preparationMs,
    machineMs: run.machineMs,
    exit: String(exitCode),
  });
}
