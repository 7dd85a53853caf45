import type { Writable } from 'node:stream';
import type { Attachment, Machine, MachineExit, ReadyEvent, TerminalSize } from '../client/index.ts';
import type { Interruption } from './interruption.ts';
import type { Reporter } from './reporter.ts';
import type { ConsoleLog } from './run-console.ts';
import type { RunOptions } from './run-options.ts';
import { JoinedStreams, type OutputEnd } from './run-streams.ts';
import { WatchedMachine } from './run-watch.ts';

/** One machine's run as the command line saw it. */
export type MachineRun =
  | {
      state: 'ended';
      exit: MachineExit;
      /** Absent when the workload never started. */
      ready: ReadyEvent | undefined;
      /** From the machine's start to its end. */
      machineMs: number;
      outputs: OutputEnd[];
    }
  /** It goes on without us. */
  | { state: 'detached' };

export interface AttachedRun {
  machine: Machine;
  options: RunOptions;
  /** Size of the workload's terminal, if it has one. */
  terminal: TerminalSize | undefined;
  console: ConsoleLog;
  /** Gets what the console says. */
  consoleSink: Writable | undefined;
  interruption: Interruption;
  reporter: Reporter;
}

/**
 * Starts a machine with our standard streams joined to its workload's, and waits until it is gone and its output
 * written, or until somebody detaches. Throws when it can't be started and when its monitor is lost.
 */
export async function runAttached(run: AttachedRun): Promise<MachineRun> {
  const { machine, interruption, reporter } = run;
  const watched = new WatchedMachine(machine, (message) => reporter.say(message));
  interruption.watch(watched);
  const consoleEnd = new AbortController();
  const console =
    run.consoleSink === undefined ? undefined : run.console.follow(run.consoleSink, consoleEnd.signal);
  console?.catch(() => {});
  const events = watched.follow();
  try {
    return await runToEnd(run, watched, events);
  } finally {
    watched.close();
    await events;
    consoleEnd.abort();
    await console?.catch((error: Error) => reporter.say(`Cannot read the console log: ${error.message}`));
  }
}

async function runToEnd(
  run: AttachedRun,
  watched: WatchedMachine,
  events: Promise<void>,
): Promise<MachineRun> {
  const { machine, options, interruption } = run;
  const startedMs = performance.now();
  // Joined before the start, so that nothing is missed; the workload waits for whoever reads our output.
  const attach = { stdin: options.workload.stdin, replay: false, wait: true };
  const attachment = (await machine.start({ attach, signal: interruption.signal })) as Attachment;
  using streams = join(run, attachment, watched);
  const exit = await Promise.race([machine.wait(), streams.detached]);
  if (exit === undefined) {
    attachment.close();
    return { state: 'detached' };
  }
  const machineMs = performance.now() - startedMs;
  const outputs = await streams.outputs;
  attachment.close();
  // They end with the machine, and the last ones may say what the summary needs.
  await events;
  return { state: 'ended', exit, ready: watched.ready, machineMs, outputs };
}

function join(run: AttachedRun, attachment: Attachment, watched: WatchedMachine): JoinedStreams {
  const { machine, options, reporter, interruption } = run;
  const { stdin, stdout, stderr } = attachment;
  for (const output of [stdout, stderr]) output?.once('data', () => watched.sawOutput());
  attachment.onGap(({ stream, missingBytes }) => reporter.say(`Lost ${missingBytes} bytes of ${stream}`));
  const resize = (size: TerminalSize): Promise<void> => machine.resize(size);
  const wish = run.terminal && { size: run.terminal, detachKeys: options.detachKeys };
  const streams = new JoinedStreams({ stdin, stdout, stderr, resize }, wish, interruption.outputSignal);
  watched.onReady = () => streams.begin();
  if (watched.ready !== undefined) streams.begin();
  return streams;
}
