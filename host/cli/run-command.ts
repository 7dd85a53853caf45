import { resolve } from 'node:path';
import { artefacts } from '../artefacts.ts';
import { Machine } from '../machine/machine.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';
import { removeAbandonedMachines } from '../machine/machine-owner.ts';
import {
  type MachineRequest,
  type PreparedMachine,
  prepareMachine,
} from '../preparation/prepared-machine.ts';
import { stateDirectory } from '../state-directory.ts';
import { qemuCommand } from '../vm/qemu-command.ts';
import { runHelp } from './help.ts';
import { Interruption } from './interruption.ts';
import { listenForInterruptions } from './interruption-sources.ts';
import type { Reporter } from './reporter.ts';
import { type MachineRun, runMachine } from './run-machine.ts';
import { type CommandContext, readRunOptions, type RunOptions } from './run-options.ts';
import { concludeRun } from './run-conclusion.ts';

/**
 * `firstborn run`: prepares a machine, runs it with our standard streams and tidies up. Returns the exit
 * code. Throws a FirstbornError when it does not come to a machine; then nothing is left behind.
 */
export async function runCommand(
  words: readonly string[],
  context: CommandContext,
  reporter: Reporter,
): Promise<number> {
  const options = await readRunOptions(words, context);
  if (options === 'help') {
    process.stdout.write(runHelp());
    return 0;
  }
  const interruption = new Interruption({
    stopGraceMs: options.workload.stopGraceMs,
    warn: (message) => reporter.say(message),
  });
  const stopListening = listenForInterruptions(interruption, options.timeoutMs);
  try {
    return await runOnce(options, context, interruption, reporter);
  } finally {
    stopListening();
  }
}

async function runOnce(
  options: RunOptions,
  context: CommandContext,
  interruption: Interruption,
  reporter: Reporter,
): Promise<number> {
  const state = stateDirectory(context.environment);
  await removeAbandonedMachines(state.machinesDir);
  const directory = await MachineDirectory.create(state.machinesDir);
  const startedMs = performance.now();
  let prepared: PreparedMachine;
  try {
    prepared = await prepareMachine(
      machineRequest(options, context, directory),
      { directory, state, artefacts: artefacts(context.environment) },
      interruption.signal,
    );
    interruption.signal.throwIfAborted();
    if (speaksAboutItself(options)) {
      reporter.say(`using ${prepared.accelerator.accelerator}: ${prepared.accelerator.reason}`);
    }
  } catch (error) {
    await directory.remove();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  }
  const preparationMs = performance.now() - startedMs;
  const machine = new Machine({
    command: { ...qemuCommand(prepared.description), program: prepared.qemu.path },
    channelSocketPath: prepared.description.channelSocketPath,
  });
  interruption.watch(machine);
  const run: MachineRun = await runMachine(machine, options, reporter, interruption.outputSignal);
  return await concludeRun({ options, prepared, directory, run, preparationMs, interruption, reporter });
}

/** Whoever watches the console or debugs wants to know what the machine runs on; others do not. */
function speaksAboutItself({ console, workload }: RunOptions): boolean {
  return console === '-' || workload.logLevel === 'debug' || workload.logLevel === 'trace';
}

function machineRequest(
  { image, workload, settings, accelerator, console }: RunOptions,
  { architecture }: CommandContext,
  directory: MachineDirectory,
): MachineRequest {
  return {
    image,
    workload,
    architecture,
    accelerator,
    ...settings,
    console: {
      logPath: console === undefined || console === '-' ? directory.consoleLogPath : resolve(console),
      copyToStdout: console === '-',
    },
  };
}
