import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ByteSender } from '../../../../init/files/byte-sender.ts';
import { maxStreamChunkBytes } from '../../../../protocol/limits.ts';
import { type GuestChannel, openGuestChannel, settlePromises } from '../../../support/guest-channel.ts';

const stream = 16;

function openSender(context: TestContext): GuestChannel & { sender: ByteSender } {
  const guest = openGuestChannel(context);
  guest.host.hello('a');
  const sender = new ByteSender(guest.channel, stream);
  guest.host.forget();
  return { ...guest, sender };
}

test('ByteSender sends what the host grants and waits for more', async (context) => {
  const { host, sender } = openSender(context);
  const written = sender.write(Buffer.from('0123456789'));
  await settlePromises();
  assert.deepEqual(host.takeStreamFrames(), []);
  host.credit(stream, 4);
  await settlePromises();
  assert.equal(host.takeStreamFrames()[0]?.bytes.toString(), '0123');
  host.credit(stream, 100);
  await written;
  sender.end();
  sender.end();
  const [data, end, ...rest] = host.takeStreamFrames();
  assert.deepEqual([data?.offset, data?.bytes.toString()], [4, '456789']);
  assert.deepEqual([end?.type, end?.offset, rest.length], ['end', 10, 0]);
});

test('ByteSender cuts large pieces and pauses while the transport is full', async (context) => {
  const { host, port, native, sender, channel } = openSender(context);
  port.toHost.capacityBytes = 1000;
  host.credit(stream, 2 ** 30);
  const progress = { written: false };
  const writing = sender.write(Buffer.alloc(maxStreamChunkBytes * 40)).then(() => {
    progress.written = true;
  });
  await settlePromises();
  assert.deepEqual([channel.congested, progress.written], [true, false]);
  port.toHost.capacityBytes = Number.MAX_SAFE_INTEGER;
  while (!progress.written) {
    native.settle();
    await settlePromises();
  }
  await writing;
  const lengths = host.takeStreamFrames().map(({ bytes }) => bytes.length);
  assert.equal(
    lengths.reduce((sum, length) => sum + length, 0),
    maxStreamChunkBytes * 40,
  );
  assert.equal(Math.max(...lengths), maxStreamChunkBytes);
});

test('ByteSender rejects a write that waits when it fails, and when a new session begins', async (context) => {
  const { host, sender, channel } = openSender(context);
  const waiting = sender.write(Buffer.from('x'));
  sender.fail(new Error('enough'));
  await assert.rejects(waiting, { message: 'enough' });
  await assert.rejects(sender.write(Buffer.from('x')), { message: 'enough' });
  const second = new ByteSender(channel, stream + 1);
  const cut = second.write(Buffer.from('x'));
  host.hello('b');
  await assert.rejects(cut, { message: 'Cannot go on with the copy: its host session has ended' });
});
