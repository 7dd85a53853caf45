import type { FirstbornError } from '../../protocol/errors.ts';
import type { ReadyEvent } from '../../protocol/messages.ts';
import type { Machine } from '../machine/machine.ts';
import type { MachineExit } from '../machine/machine-exit.ts';
import type { Reporter } from './reporter.ts';
import type { RunOptions } from './run-options.ts';
import { feed, type ForwardEnd, forward } from './standard-streams.ts';

/** One machine's run as the command line saw it. */
export interface MachineRun {
  exit: MachineExit;
  ready: ReadyEvent | undefined;
  /** From the machine's start to its end. */
  machineMs: number;
  /** How writing to our own stdout and stderr ended. */
  outputs: { name: string; end: ForwardEnd }[];
}

/**
 * Starts a machine, joins its streams with ours and waits until it is gone and its output written, for the
 * latter at most until `outputSignal` aborts.
 */
export async function runMachine(
  machine: Machine,
  { workload, console }: RunOptions,
  reporter: Reporter,
  outputSignal: AbortSignal,
): Promise<MachineRun> {
  let ready: ReadyEvent | undefined;
  machine.on('ready', (event) => {
    ready = event;
  });
  machine.on('warning', (message) => reporter.say(message));
  const startedMs = performance.now();
  const outputs = [
    { name: 'stdout', end: forward(machine.stdout, process.stdout, outputSignal) },
    { name: 'stderr', end: forward(machine.stderr, process.stderr, outputSignal) },
  ];
  try {
    await machine.start();
  } catch (error) {
    return {
      exit: { state: 'failed', error: error as FirstbornError },
      ready: undefined,
      machineMs: 0,
      outputs: [],
    };
  }
  if (workload.stdin) feed(process.stdin, machine.stdin);
  if (console === '-') machine.consoleCopy?.pipe(process.stderr, { end: false });
  const exit = await machine.exited;
  const machineMs = performance.now() - startedMs;
  return {
    exit,
    ready,
    machineMs,
    outputs: await Promise.all(outputs.map(async ({ name, end }) => ({ name, end: await end }))),
  };
}
