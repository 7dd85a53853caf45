import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ByteReceiver } from '../../../../init/files/byte-receiver.ts';
import { streamWindowBytes } from '../../../../protocol/limits.ts';
import { type GuestChannel, openGuestChannel, settlePromises } from '../../../support/guest-channel.ts';
import { sendStream } from '../../../support/transfer-host.ts';

const stream = 16;

function openReceiver(context: TestContext): GuestChannel & { receiver: ByteReceiver } {
  const guest = openGuestChannel(context);
  guest.host.hello('a');
  const receiver = new ByteReceiver(guest.channel, stream);
  return { ...guest, receiver };
}

async function readAll(receiver: ByteReceiver): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of receiver) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('ByteReceiver gives what the host sends, up to its end', async (context) => {
  const { host, receiver } = openReceiver(context);
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  const [read] = await Promise.all([readAll(receiver), sendStream(host, stream, bytes)]);
  assert.ok(read.equals(bytes));
});

test('ByteReceiver grants one window, and more when its reader has passed half of it', async (context) => {
  const { host, receiver } = openReceiver(context);
  const grants = (): (number | undefined)[] =>
    host.takeStreamFrames().flatMap(({ type, offset }) => (type === 'credit' ? [offset] : []));
  assert.deepEqual(grants(), [streamWindowBytes]);
  for (let offset = 0; offset < streamWindowBytes; offset += 16_384) {
    host.data(stream, offset, Buffer.alloc(16_384));
  }
  assert.deepEqual(grants(), []);
  const reading = receiver[Symbol.asyncIterator]();
  for (let pieces = 0; pieces < 5; pieces += 1) await reading.next();
  host.receive();
  assert.deepEqual(grants(), [streamWindowBytes * 1.5]);
});

const lost = { message: 'Cannot go on with the copy: a part of its archive was lost' };

test('ByteReceiver fails when bytes are missing in the middle', async (context) => {
  const { host, receiver } = openReceiver(context);
  host.data(stream, 5, 'x');
  await assert.rejects(readAll(receiver), lost);
});

test('ByteReceiver fails when bytes are missing at the end', async (context) => {
  const { host, receiver } = openReceiver(context);
  host.end(stream, 1);
  await assert.rejects(readAll(receiver), lost);
});

test('ByteReceiver fails when more comes than was granted', async (context) => {
  const { host, receiver } = openReceiver(context);
  for (let offset = 0; offset <= streamWindowBytes; offset += 16_384) {
    host.data(stream, offset, Buffer.alloc(16_384));
  }
  await assert.rejects(readAll(receiver), lost);
});

test('ByteReceiver ends with the session', async (context) => {
  const { host, receiver } = openReceiver(context);
  const reading = readAll(receiver);
  await settlePromises();
  host.hello('b');
  await assert.rejects(reading, { message: 'Cannot go on with the copy: its host session has ended' });
});

test('ByteReceiver drops what comes after it was told to, and goes on granting', async (context) => {
  const { host, receiver } = openReceiver(context);
  host.data(stream, 0, 'first');
  receiver.fail(new Error('enough'));
  receiver.discard();
  host.forget();
  await sendOn(host, 5, 400_000);
  await assert.rejects(readAll(receiver), { message: 'enough' });
});

/** Sends on from an offset without losing sight of credit. */
async function sendOn(host: GuestChannel['host'], from: number, to: number): Promise<void> {
  let limit = streamWindowBytes;
  for (let offset = from; offset < to; offset += 16_384) {
    host.data(stream, offset, Buffer.alloc(16_384));
    for (const frame of host.takeStreamFrames()) limit = Math.max(limit, frame.offset ?? 0);
    assert.ok(limit >= offset + 16_384 + 16_384, `credit ${limit} at ${offset}`);
  }
  await settlePromises();
  host.end(stream, from + Math.ceil((to - from) / 16_384) * 16_384);
}
