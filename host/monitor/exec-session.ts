import type { ExecStarted, ExecStreams } from '../../protocol/messages.ts';
import type { Machine } from '../machine/machine.ts';
import { clientStreams } from './api.ts';
import type { Boot } from './boot.ts';
import type { ClientConnection } from './client-connection.ts';
import type { RunningExec } from './exec-exits.ts';
import { StreamBridge } from './stream-bridge.ts';

const killSignal = 9;

/** As a client knows the streams, whatever they are on the channel. */
function clientNames({ stdin, stdout, stderr }: ExecStreams): ExecStreams {
  return {
    ...(stdin === undefined ? {} : { stdin: clientStreams.input }),
    ...(stdout === undefined ? {} : { stdout: clientStreams.output }),
    ...(stderr === undefined ? {} : { stderr: clientStreams.error }),
  };
}

/** A process to start for a client. */
export interface ProcessOrder {
  /** Asks the guest for it. */
  start: (machine: Machine) => Promise<ExecStarted>;
  hasTerminal: boolean;
  killOnDisconnect: boolean;
}

/**
 * Starts a process for a client and joins its streams with the connection, up to its `exited` event. A client
 * that goes leaves it running with its output dropped and the end of its input, or kills its group if asked to.
 * Rejects when the guest did not start it.
 */
export async function serveExec(
  connection: ClientConnection,
  { id, boot }: { id: number; boot: Boot },
  { start, hasTerminal, killOnDisconnect }: ProcessOrder,
): Promise<void> {
  const { machine } = boot;
  const running = await boot.execs.watch(() => start(machine));
  const { exec, pid, streams } = running.started;
  connection.respond(id, { exec, pid, streams: clientNames(streams) });
  const bridge = joinStreams(connection, machine, running, () => {
    bridge.discardOutputs();
    if (killOnDisconnect) void kill(machine, exec);
    // An end typed at a terminal could mean anything.
    else if (!hasTerminal) endInput(machine, streams);
  });
  connection.startStream(bridge);
  await conclude(connection, machine, running, bridge);
}

function joinStreams(
  connection: ClientConnection,
  { channel }: Machine,
  { started: { streams } }: RunningExec,
  onGone: () => void,
): StreamBridge {
  const { stdin, stdout, stderr } = streams;
  return new StreamBridge(
    connection,
    {
      input: stdin === undefined ? undefined : channel.writableStream(stdin),
      output: stdout === undefined ? undefined : channel.readable(stdout),
      error: stderr === undefined ? undefined : channel.readable(stderr),
    },
    onGone,
  );
}

async function conclude(
  connection: ClientConnection,
  { channel }: Machine,
  { started, exited }: RunningExec,
  bridge: StreamBridge,
): Promise<void> {
  const { stdin } = started.streams;
  try {
    const exit = await exited;
    await bridge.outputsSent();
    connection.sendEvent({ event: 'exited', exit });
    connection.finish();
  } catch (error) {
    await bridge.outputsSent();
    connection.fail(error);
  } finally {
    // What was written and not read has nobody to read it.
    if (stdin !== undefined) channel.closeStream(stdin);
  }
}

function endInput({ channel }: Machine, { stdin }: ExecStreams): void {
  if (stdin !== undefined) channel.writableStream(stdin).end();
}

async function kill({ channel }: Machine, exec: number): Promise<void> {
  try {
    await channel.request('signal', { exec, signal: killSignal, group: true });
  } catch {
    // It has ended by itself, or with its machine.
  }
}
