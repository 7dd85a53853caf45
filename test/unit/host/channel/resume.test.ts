import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChannelClient } from '../../../../host/channel/channel-client.ts';
import { decodeOffset, type Frame } from '../../../../protocol/frame.ts';
import { streamWindowBytes } from '../../../../protocol/limits.ts';
import { FakeGuest } from '../support/fake-guest.ts';

const clients: ChannelClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function makeClient(...words: ConstructorParameters<typeof ChannelClient>): ChannelClient {
  const client = new ChannelClient(...words);
  clients.push(client);
  return client;
}

/** Opens a session on a new transport. */
async function attach(
  client: ChannelClient,
  changes: Record<string, unknown> = {},
): Promise<{ guest: FakeGuest; hello: Record<string, unknown> }> {
  const guest = new FakeGuest();
  client.attach(guest.transport);
  const opened = once(client, 'opened');
  const hello = await guest.welcome(changes);
  await opened;
  return { guest, hello };
}

/** Sends a request that the guest answers: then both have read all that was sent before. */
async function settle(client: ChannelClient, guest: FakeGuest): Promise<void> {
  const reply = client.request('ping', undefined);
  await guest.acceptRequest();
  await reply;
  await nextTurn();
}

const offsetOf = ({ payload }: Frame): number => decodeOffset(payload) ?? Number.NaN;

describe('a hello', () => {
  it('of a fresh host speaks of no stream', async () => {
    const client = makeClient();
    client.readable(2).resume();
    const { hello } = await attach(client);
    assert.deepEqual([hello['acknowledged'], hello['streams']], [0, {}]);
  });

  it('of a later session says what consumers have taken, not what waits for them', async () => {
    const client = makeClient();
    client.readable(2);
    client.readable(3).resume();
    const { guest } = await attach(client);
    guest.sendData(2, 0, Buffer.from('abcdef'));
    guest.sendData(3, 0, Buffer.from('xyz'));
    await settle(client, guest);
    assert.equal(String(client.readable(2).read(4)), 'abcd');
    assert.equal(client.readable(2).readableLength, 2);
    const { hello } = await attach(client);
    assert.deepEqual(hello['streams'], { '2': 4, '3': 3 });
  });

  it('names the streams of execs from their first byte on: nobody waits for others', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    client.readable(16);
    await settle(client, guest);
    assert.deepEqual((await attach(client)).hello['streams'], { '16': 0 });
  });

  it('of a later process says what an earlier one had taken, opened or not', async () => {
    const received = new Map([
      [2, 500],
      [16, 7],
    ]);
    const client = makeClient({ acknowledged: 3, received });
    const stream = client.readable(2);
    const { guest, hello } = await attach(client);
    assert.deepEqual([hello['acknowledged'], hello['streams']], [3, { '2': 500, '16': 7 }]);
    assert.equal(offsetOf(await guest.next('credit')), 500 + streamWindowBytes);
    guest.sendData(2, 490, Buffer.from('0123456789new'));
    await settle(client, guest);
    assert.equal(String(stream.read()), 'new');
    assert.deepEqual(
      [...client.received],
      [
        [2, 503],
        [16, 7],
      ],
    );
  });
});

describe('a new session', () => {
  it('sends on from what its guest has', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    guest.sendOffset('credit', 1, streamWindowBytes);
    client.writableStream(1).write('abcdef');
    await guest.next('data');
    const { guest: again } = await attach(client, { streams: { '1': 2 } });
    again.sendOffset('credit', 1, streamWindowBytes);
    const data = await again.next('data');
    assert.deepEqual([offsetOf(data), data.payload.subarray(8).toString()], [2, 'cdef']);
  });

  it('goes on with the input of a process whose host has died', async () => {
    const client = makeClient();
    const { guest } = await attach(client, { streams: { '20': 1000 } });
    guest.sendOffset('credit', 20, 2000);
    await settle(client, guest);
    client.writableStream(20).write('more');
    assert.equal(offsetOf(await guest.next('data')), 1000);
  });
});

describe('a stream that the guest opened a moment ago', () => {
  it('has the credit and the end that came before anybody here knew of it', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    guest.sendOffset('credit', 16, 100);
    guest.sendOffset('end', 17, 0);
    await settle(client, guest);
    client.writableStream(16).write('abc');
    assert.equal((await guest.next('data')).payload.subarray(8).toString(), 'abc');
    assert.deepEqual(await client.readable(17).toArray(), []);
  });

  it('is nothing to remember without bound', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    for (let id = 16; id < 5000; id += 1) guest.sendOffset(id % 2 === 0 ? 'credit' : 'end', id, 10);
    await settle(client, guest);
    assert.ok(client.streamCount <= 1024, `${client.streamCount}`);
    assert.equal(client.isOpen, true);
  });

  it('is ignored with its data when nobody opens it', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    guest.sendData(16, 0, Buffer.from('abc'));
    await settle(client, guest);
    assert.deepEqual([client.streamCount, client.isOpen], [0, true]);
  });
});

describe('a stream that is over', () => {
  it('is confirmed with a credit and forgotten when the guest has read that', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    const output = client.readable(16);
    assert.equal(offsetOf(await guest.next('credit')), streamWindowBytes);
    guest.sendData(16, 0, Buffer.from('abc'));
    guest.sendOffset('end', 16, 3);
    assert.equal((await output.toArray()).join(''), 'abc');
    assert.equal(offsetOf(await guest.next('credit')), streamWindowBytes + 3);
    assert.equal(client.streamCount, 1);
    await settle(client, guest);
    assert.equal(client.streamCount, 0);
  });

  it('is confirmed again in the next session when nobody knows whether the guest has read that', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    const output = client.readable(16);
    guest.sendData(16, 0, Buffer.from('abc'));
    guest.sendOffset('end', 16, 3);
    await output.toArray();
    const { guest: again, hello } = await attach(client);
    assert.deepEqual(hello['streams'], { '16': 3 });
    assert.equal(offsetOf(await again.next('credit')), streamWindowBytes + 3);
    again.sendOffset('end', 16, 3);
    await settle(client, again);
    assert.equal(client.streamCount, 0);
    assert.deepEqual((await attach(client)).hello['streams'], {});
  });

  it('to the guest is forgotten once it has the end', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    client.writableStream(16).end('abc');
    await settle(client, guest);
    assert.equal(client.streamCount, 1);
    guest.sendOffset('credit', 16, 100);
    await guest.next('end');
    await settle(client, guest);
    assert.equal(client.streamCount, 0);
  });

  it('stays when its id is fixed', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    const output = client.readable(2);
    guest.sendOffset('end', 2, 0);
    await output.toArray();
    client.writableStream(1).end();
    await settle(client, guest);
    assert.equal(client.readable(2), output);
    assert.equal(client.writableStream(1).writableEnded, true);
    const { guest: again } = await attach(client);
    assert.equal(offsetOf(await again.next('credit')), streamWindowBytes);
    assert.equal(offsetOf(await again.next('end')), 0);
  });

  it('leaves nothing behind, a thousand times', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    client.readable(2).resume();
    for (let round = 0; round < 1000; round += 1) {
      const [stdin, stdout, stderr] = [16 + 3 * round, 17 + 3 * round, 18 + 3 * round];
      guest.sendOffset('credit', stdin, streamWindowBytes);
      guest.sendOffset('end', stderr, 0);
      await settle(client, guest);
      client.writableStream(stdin).write('in');
      const outputs = [client.readable(stdout).toArray(), client.readable(stderr).toArray()];
      await guest.next('data');
      guest.sendData(stdout, 0, Buffer.from('out'));
      guest.sendOffset('end', stdout, 3);
      assert.deepEqual((await Promise.all(outputs)).map(String), ['out', '']);
      client.closeStream(stdin);
    }
    await settle(client, guest);
    assert.equal(client.streamCount, 1);
  });
});

describe('closeStream()', () => {
  it('forgets the input of a process that has ended, and what still comes for it', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    const input = client.writableStream(16);
    input.write('never granted');
    client.closeStream(16);
    client.closeStream(16);
    assert.equal(input.destroyed, true);
    guest.sendOffset('credit', 16, 100);
    await settle(client, guest);
    assert.deepEqual([client.streamCount, guest.count('data')], [0, 0]);
  });

  it('drains an output until its end', async () => {
    const client = makeClient();
    const { guest } = await attach(client);
    client.readable(16);
    client.closeStream(16);
    guest.sendData(16, 0, Buffer.alloc(1000));
    guest.sendOffset('end', 16, 1000);
    await settle(client, guest);
    await settle(client, guest);
    assert.equal(client.streamCount, 0);
  });
});
