import { FirstbornError } from '../../protocol/errors.ts';
import type { TransferStarted, TransferSummary } from '../../protocol/messages.ts';
import type { Machine } from '../machine/machine.ts';
import type { ClientConnection } from './client-connection.ts';
import { StreamBridge } from './stream-bridge.ts';

/** A copy takes as long as its reader and writer take; its own end is what ends it. */
const transferDeadlineMs = 24 * 60 * 60 * 1000;

/** A request for a copy that the guest has begun. */
export interface BegunCopy {
  id: number;
  machine: Machine;
  started: TransferStarted;
}

/** Sends the guest's tar stream to a client, up to the `transferred` event. A client that goes ends the copy. */
export async function serveCopyOut(connection: ClientConnection, copy: BegunCopy): Promise<void> {
  const { channel } = copy.machine;
  const output = channel.readable(copy.started.stream);
  await serve(connection, copy, { input: undefined, output, error: undefined });
}

/** Sends a client's tar stream to the guest, up to the `transferred` event. A client that goes ends the copy. */
export async function serveCopyIn(connection: ClientConnection, copy: BegunCopy): Promise<void> {
  const { channel } = copy.machine;
  const input = channel.writableStream(copy.started.stream);
  await serve(connection, copy, { input, output: undefined, error: undefined });
  channel.closeStream(copy.started.stream);
}

async function serve(
  connection: ClientConnection,
  { id, machine, started: { transfer } }: BegunCopy,
  streams: ConstructorParameters<typeof StreamBridge>[1],
): Promise<void> {
  connection.respond(id, {});
  const left = new AbortController();
  const bridge = new StreamBridge(connection, streams, () => {
    left.abort();
    bridge.discardOutputs();
    machine.channel.request('cancel-transfer', { transfer }).catch(() => {});
  });
  connection.startStream(bridge);
  try {
    const { entries, contentBytes } = await summary(machine, transfer, left.signal);
    await bridge.outputsSent();
    connection.sendEvent({ event: 'transferred', summary: { entries, contentBytes } });
    connection.finish();
  } catch (error) {
    bridge.discardOutputs();
    connection.fail(error);
  }
}

/** Waits for the end of a copy, over sessions that are lost meanwhile. */
async function summary(machine: Machine, transfer: number, signal: AbortSignal): Promise<TransferSummary> {
  for (;;) {
    try {
      return await machine.channel.request(
        'await-transfer',
        { transfer },
        { deadlineMs: transferDeadlineMs, signal },
      );
    } catch (error) {
      const isLostSession = error instanceof FirstbornError && error.code === 'channel';
      if (!isLostSession || signal.aborted) throw error;
      await machine.whenOpen(transferDeadlineMs);
    }
  }
}
