import { pipeline } from 'node:stream/promises';
import { type UnpackedLocally, unpackLocal } from '../../host/files/unpack-local.ts';
import type { TransferSummary } from '../../protocol/messages.ts';
import type { RawGuest } from './raw-guest.ts';

/** Emulated machines take their time for a large file. */
const copyDeadlineMs = 180_000;

/** Sends an archive into a directory of the container. Rejects as the copy does. */
export async function copyIn(
  guest: RawGuest,
  path: string,
  archive: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<TransferSummary> {
  const { transfer, stream } = await guest.request('copy-in', { path });
  const input = guest.client.writableStream(stream);
  // A guest that has refused an archive still takes the rest of it.
  const [summary] = await Promise.all([
    guest.request('await-transfer', { transfer }, copyDeadlineMs),
    pipeline(archive, input),
  ]);
  return summary;
}

export interface CopiedOut {
  unpacked: UnpackedLocally;
  summary: TransferSummary;
}

/** Copies a path of the container to `name` in a directory of this machine, owners included. */
export async function copyOut(
  guest: RawGuest,
  path: string,
  directory: string,
  name: string,
): Promise<CopiedOut> {
  const { transfer, stream } = await guest.request('copy-out', { path });
  const [unpacked, summary] = await Promise.all([
    unpackLocal(guest.client.readable(stream), { directory, name }, { keepOwnership: true }),
    guest.request('await-transfer', { transfer }, copyDeadlineMs),
  ]);
  return { unpacked, summary };
}
