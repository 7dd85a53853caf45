import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { FirstbornError } from '../../protocol/errors.ts';
import type { TransferSummary } from '../../protocol/messages.ts';
import { clientStreams, type StreamEvent } from '../monitor/api.ts';
import type { Aborting } from './abort.ts';
import { connectToMonitor, type MonitorPlace } from './monitor-access.ts';
import { StreamLink } from './stream-link.ts';

function summaryOf(event: StreamEvent): TransferSummary {
  if (event.event === 'transferred') return event.summary;
  if (event.event === 'failed') throw new FirstbornError(event.code, event.message);
  throw new FirstbornError('channel', `Cannot take the event "${event.event}" for the end of a copy`);
}

/** A tar stream of `path` in the container. It fails when the copy does; destroying it ends the copy. */
export async function copyOut(
  place: MonitorPlace,
  path: string,
  { signal, follow = false }: Aborting & { follow?: boolean } = {},
): Promise<Readable> {
  const connection = await connectToMonitor(place, signal);
  const link = new StreamLink(connection, { input: false, outputs: [clientStreams.output], signal });
  await link.open({ method: 'copy-out', params: { path, follow } });
  const archive = link.output(clientStreams.output);
  // The archive's own end says nothing about its success, so it must not come first.
  return archive.compose(async function* check(source: AsyncIterable<Buffer>) {
    try {
      yield* source;
      summaryOf(await link.ended);
    } finally {
      link.close();
    }
  });
}

/** Unpacks a tar stream into the directory `path` of the container; resolves when all of it is there. */
export async function copyIn(
  place: MonitorPlace,
  path: string,
  archive: AsyncIterable<Uint8Array>,
  { signal }: Aborting = {},
): Promise<TransferSummary> {
  const connection = await connectToMonitor(place, signal);
  const link = new StreamLink(connection, { input: true, outputs: [], signal });
  try {
    await link.open({ method: 'copy-in', params: { path } });
    const end = link.ended.then(summaryOf);
    const [summary] = await Promise.all([end, send(archive, link)]);
    return summary;
  } finally {
    link.close();
  }
}

/** Sends the archive until its end, or until the other side wants no more of it. */
async function send(archive: AsyncIterable<Uint8Array>, { input }: StreamLink): Promise<void> {
  if (input === undefined) return;
  const closed = once(input, 'close');
  for await (const piece of archive) {
    if (input.destroyed) return;
    if (!input.write(piece)) await Promise.race([once(input, 'drain'), closed]);
  }
  input.end();
}
