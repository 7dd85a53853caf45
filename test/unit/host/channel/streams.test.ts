import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChannelClient } from '../../../../host/channel/channel-client.ts';
import { decodeOffset, type Frame } from '../../../../protocol/frame.ts';
import { maxStreamChunkBytes, streamWindowBytes } from '../../../../protocol/limits.ts';
import { FakeGuest } from '../support/fake-guest.ts';

const clients: ChannelClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function openChannel(): Promise<{ client: ChannelClient; guest: FakeGuest }> {
  const client = new ChannelClient();
  clients.push(client);
  const guest = new FakeGuest();
  client.readable(2);
  client.attach(guest.transport);
  const opened = once(client, 'opened');
  await guest.welcome();
  await opened;
  return { client, guest };
}

const offsetOf = (frame: Frame): number => decodeOffset(frame.payload) ?? Number.NaN;

/** Sends as many bytes as the guest may, in data frames, from an offset on. */
function sendUpTo(guest: FakeGuest, from: number, limit: number): void {
  for (let offset = from; offset < limit; offset += maxStreamChunkBytes) {
    guest.sendData(2, offset, Buffer.alloc(Math.min(maxStreamChunkBytes, limit - offset), 0x61));
  }
}

/** Lets everything that was written through the pair arrive. */
async function settle(client: ChannelClient, guest: FakeGuest): Promise<void> {
  const reply = client.request('ping', undefined);
  await guest.acceptRequest();
  await reply;
  await nextTurn();
}

describe('an incoming stream', () => {
  it('grants one window when the session opens', async () => {
    const { guest } = await openChannel();
    const credit = await guest.next('credit');
    assert.deepEqual([credit.stream, offsetOf(credit)], [2, streamWindowBytes]);
  });

  it('grants no more while nobody reads, and more once somebody does', async () => {
    const { client, guest } = await openChannel();
    await guest.next('credit');
    sendUpTo(guest, 0, streamWindowBytes);
    await settle(client, guest);
    assert.equal(guest.count('credit'), 0);
    const stream = client.readable(2);
    assert.equal(stream.readableLength, streamWindowBytes);
    stream.resume();
    const credit = await guest.next('credit');
    assert.ok(offsetOf(credit) > streamWindowBytes + streamWindowBytes / 2);
  });

  it('keeps a guest that always uses its whole credit going', async () => {
    const { client, guest } = await openChannel();
    let receivedBytes = 0;
    client.readable(2).on('data', (bytes: Buffer) => {
      receivedBytes += bytes.length;
    });
    let offset = 0;
    for (let round = 0; round < 20; round += 1) {
      const limit = offsetOf(await guest.next('credit'));
      sendUpTo(guest, offset, limit);
      offset = limit;
    }
    await settle(client, guest);
    assert.equal(receivedBytes, offset);
  });

  it('fails the channel when the guest exceeds its credit', async () => {
    const { client, guest } = await openChannel();
    const failed = once(client, 'failed');
    guest.sendData(2, streamWindowBytes, Buffer.from('x'));
    const [error] = (await failed) as [Error];
    assert.match(error.message, /^Cannot take stream 2: the guest sent more than it was allowed/);
  });

  it('reports bytes that an earlier session lost', async () => {
    const { client, guest } = await openChannel();
    const gap = once(client, 'gap');
    guest.sendData(2, 100, Buffer.from('tail'));
    assert.deepEqual((await gap)[0], { stream: 2, offset: 0, missingBytes: 100 });
    assert.equal((client.readable(2).read() as Buffer).toString(), 'tail');
  });

  it('reports a tail that an earlier session lost', async () => {
    const { client, guest } = await openChannel();
    const gap = once(client, 'gap');
    guest.sendData(2, 0, Buffer.from('abc'));
    guest.sendOffset('end', 2, 10);
    assert.deepEqual((await gap)[0], { stream: 2, offset: 3, missingBytes: 7 });
    assert.equal((await client.readable(2).toArray()).join(''), 'abc');
  });

  it('takes repeated bytes once', async () => {
    const { client, guest } = await openChannel();
    guest.sendData(2, 0, Buffer.from('abc'));
    guest.sendData(2, 0, Buffer.from('abc'));
    guest.sendData(2, 2, Buffer.from('cd'));
    guest.sendOffset('end', 2, 4);
    guest.sendOffset('end', 2, 4);
    assert.equal((await client.readable(2).toArray()).join(''), 'abcd');
  });

  it('goes on granting when its consumer has given up', async () => {
    const { client, guest } = await openChannel();
    const limit = offsetOf(await guest.next('credit'));
    client.readable(2).destroy();
    sendUpTo(guest, 0, limit);
    assert.ok(offsetOf(await guest.next('credit')) > limit);
  });

  it('tells a new session where it stands', async () => {
    const { client, guest } = await openChannel();
    client.readable(2).resume();
    guest.sendData(2, 0, Buffer.from('abc'));
    await settle(client, guest);
    guest.hangUp();
    await once(client, 'lost');
    const again = new FakeGuest();
    client.attach(again.transport);
    await again.welcome();
    assert.equal(offsetOf(await again.next('credit')), streamWindowBytes + 3);
  });
});

describe('an outgoing stream', () => {
  it('sends nothing before the guest grants, and no more than it grants', async () => {
    const { client, guest } = await openChannel();
    const stream = client.writableStream(1);
    stream.write('abcdef');
    await settle(client, guest);
    assert.equal(guest.count('data'), 0);
    guest.sendOffset('credit', 1, 4);
    const first = await guest.next('data');
    assert.deepEqual([offsetOf(first), first.payload.subarray(8).toString()], [0, 'abcd']);
    guest.sendOffset('credit', 1, 100);
    const second = await guest.next('data');
    assert.deepEqual([offsetOf(second), second.payload.subarray(8).toString()], [4, 'ef']);
  });

  it('calls a write done only when all of it was sent', async () => {
    const { client, guest } = await openChannel();
    const stream = client.writableStream(1);
    let isDone = false;
    stream.write('abcdef', () => {
      isDone = true;
    });
    guest.sendOffset('credit', 1, 5);
    await guest.next('data');
    await nextTurn();
    assert.equal(isDone, false);
    guest.sendOffset('credit', 1, 6);
    await guest.next('data');
    await nextTurn();
    assert.equal(isDone, true);
  });

  it('cuts what it sends into chunks of the limit', async () => {
    const { client, guest } = await openChannel();
    client.writableStream(1).write(Buffer.alloc(maxStreamChunkBytes + 1));
    guest.sendOffset('credit', 1, 10 * maxStreamChunkBytes);
    assert.equal((await guest.next('data')).payload.length, maxStreamChunkBytes + 8);
    assert.equal((await guest.next('data')).payload.length, 1 + 8);
  });

  it('ends at the offset of its last byte, after that byte', async () => {
    const { client, guest } = await openChannel();
    client.writableStream(1).end('abc');
    await settle(client, guest);
    assert.equal(guest.count('end'), 0);
    guest.sendOffset('credit', 1, 100);
    assert.equal(offsetOf(await guest.next('end')), 3);
    assert.equal(guest.count('data'), 1);
  });

  it('says its end again in a new session, and waits for that session to grant', async () => {
    const { client, guest } = await openChannel();
    client.writableStream(1).end();
    await guest.next('end');
    const other = client.writableStream(16);
    guest.sendOffset('credit', 16, 100);
    await settle(client, guest);
    guest.hangUp();
    await once(client, 'lost');
    other.write('later');
    const again = new FakeGuest();
    client.attach(again.transport);
    await again.welcome();
    assert.equal(offsetOf(await again.next('end')), 0);
    assert.equal(again.count('data'), 0);
    again.sendOffset('credit', 16, 100);
    assert.equal((await again.next('data')).payload.subarray(8).toString(), 'later');
  });
});
