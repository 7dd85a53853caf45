import { maxStreamChunkBytes, streamWindowBytes } from '../../protocol/limits.ts';
import type { FakeHost } from './fake-host.ts';

/** Far more turns of the event loop than any copy of a test takes. */
const mostTurns = 200_000;

/** Lets the guest work, its calls on libuv's threads included, until `probe` gives something. */
export async function turnUntil<Value>(probe: () => Value | undefined): Promise<Value> {
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const value = probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error(`Cannot go on: nothing has come in ${mostTurns} turns`);
}

/** Reads a stream of the guest to its end as a good host does, with one window of credit. */
export async function receiveStream(host: FakeHost, stream: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let receivedBytes = 0;
  host.credit(stream, streamWindowBytes);
  return await turnUntil(() => {
    for (const frame of host.takeStreamFrames()) {
      if (frame.stream !== stream) continue;
      if (frame.type === 'end') return Buffer.concat(pieces);
      if (frame.offset !== receivedBytes) throw new Error(`Cannot read at ${frame.offset}`);
      pieces.push(frame.bytes);
      receivedBytes += frame.bytes.length;
      host.credit(stream, receivedBytes + streamWindowBytes);
    }
    return undefined;
  });
}

/** Sends a stream to the guest, no faster than it grants credit, and ends it. */
export async function sendStream(host: FakeHost, stream: number, bytes: Buffer): Promise<void> {
  let sentBytes = 0;
  let limit = 0;
  await turnUntil(() => {
    for (const frame of host.takeStreamFrames()) {
      if (frame.stream === stream && frame.type === 'credit') limit = Math.max(limit, frame.offset ?? 0);
    }
    while (sentBytes < Math.min(limit, bytes.length)) {
      const lengthBytes = Math.min(limit - sentBytes, maxStreamChunkBytes);
      host.data(stream, sentBytes, bytes.subarray(sentBytes, sentBytes + lengthBytes));
      sentBytes = Math.min(sentBytes + lengthBytes, bytes.length);
    }
    return sentBytes === bytes.length ? true : undefined;
  });
  host.end(stream, sentBytes);
}
