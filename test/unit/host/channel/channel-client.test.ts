import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it, mock } from 'node:test';
import { ChannelClient } from '../../../../host/channel/channel-client.ts';
import { FirstbornError } from '../../../../protocol/errors.ts';
import { encodeControl } from '../../../../protocol/frame.ts';
import type { Event } from '../../../../protocol/messages.ts';
import { exitEvent, FakeGuest, readyEvent } from '../support/fake-guest.ts';

const clients: ChannelClient[] = [];
afterEach(() => {
  mock.timers.reset();
  for (const client of clients.splice(0)) client.close();
});

async function openChannel(features: string[] = []): Promise<{ client: ChannelClient; guest: FakeGuest }> {
  const client = new ChannelClient();
  clients.push(client);
  return { client, guest: await attach(client, { features }) };
}

async function attach(client: ChannelClient, changes: Record<string, unknown> = {}): Promise<FakeGuest> {
  const guest = new FakeGuest();
  client.attach(guest.transport);
  const opened = once(client, 'opened');
  await guest.welcome(changes);
  await opened;
  return guest;
}

describe('requests', () => {
  it('resolve with the result of their own answer, whatever the order', async () => {
    const { client, guest } = await openChannel(['clock', 'files', 'exec']);
    await guest.acceptRequest(); // the clock's keeper
    const first = client.request('ping', undefined);
    const second = client.request('stat', { path: '/etc' });
    const ping = await guest.nextMessage('request');
    const stat = await guest.nextMessage('request');
    assert.deepEqual(stat, { id: 3, method: 'stat', deadlineMs: 10_000, params: { path: '/etc' } });
    const result = { type: 'directory', mode: 0o755, uid: 0, gid: 0, sizeBytes: 4096, modifiedMs: 1.5 };
    guest.say('response', { id: stat['id'], ok: true, result });
    guest.say('response', { id: ping['id'], ok: true });
    assert.deepEqual(await Promise.all([first, second]), [undefined, result]);
  });

  it('reject when the channel is lost', async () => {
    const { client, guest } = await openChannel();
    const reply = client.request('ping', undefined);
    const rejection = assert.rejects(reply, { code: 'channel', message: 'Cannot get the answer to "ping"' });
    guest.hangUp();
    await rejection;
  });

  it('reject without a channel', async () => {
    const client = new ChannelClient();
    await assert.rejects(client.request('ping', undefined), {
      message: 'Cannot ask the guest for "ping": the channel is not open',
    });
  });

  it('reject when the guest does not know their kind', async () => {
    const { client, guest } = await openChannel(['metrics']);
    assert.equal(client.hasFeature('metrics'), true);
    assert.equal(client.hasFeature('exec'), false);
    await assert.rejects(client.request('exec', { args: ['true'] }), {
      code: 'guest',
      message: 'Cannot ask the guest for "exec": its init (version 0.1.0) is too old to offer "exec"',
    });
    assert.equal(guest.count('request'), 0);
  });

  it('that the guest could not read are reported', async () => {
    const { client, guest } = await openChannel();
    const ignored = once(client, 'ignored');
    guest.say('response', { id: 0, ok: false, error: { code: 'bad-request', message: 'no JSON' } });
    const [problem] = (await ignored) as [Error];
    assert.equal(problem.message, 'Guest could not read a request (bad-request): no JSON');
  });
});

describe('events', () => {
  it('arrive in order and are acknowledged with one request for all that came meanwhile', async () => {
    const { client, guest } = await openChannel();
    const seen: string[] = [];
    client.on('event', (event: Event) => seen.push(`${event.sequence} ${event.event}`));
    guest.say('event', readyEvent(1));
    const first = await guest.nextMessage('request');
    assert.deepEqual(first['params'], { sequence: 1 });
    guest.say('event', { sequence: 2, timeMs: 1, event: 'stopping', container: 'main', reason: 'request' });
    guest.say('event', exitEvent(3, 0));
    guest.say('response', { id: first['id'], ok: true });
    const second = await guest.acceptRequest();
    assert.deepEqual(second['params'], { sequence: 3 });
    assert.deepEqual(seen, ['1 ready', '2 stopping', '3 exit']);
  });

  it('arrive once although a new session repeats them', async () => {
    const { client, guest } = await openChannel();
    const seen: number[] = [];
    client.on('event', (event: Event) => seen.push(event.sequence));
    guest.say('event', readyEvent(1));
    await guest.next('request');
    guest.hangUp();
    await once(client, 'lost');
    const again = new FakeGuest();
    client.attach(again.transport);
    const hello = await again.welcome();
    assert.equal(hello['acknowledged'], 1);
    again.say('event', readyEvent(1));
    again.say('event', exitEvent(2, 0));
    assert.deepEqual((await again.acceptRequest())['params'], { sequence: 2 });
    assert.deepEqual(seen, [1, 2]);
  });

  it('that a listener could not deal with are not acknowledged', async () => {
    const { client, guest } = await openChannel();
    const transport = guest.transport.listeners('data')[0] as (piece: Buffer) => void;
    client.on('event', () => {
      throw new FirstbornError('host', 'Cannot write the state');
    });
    assert.throws(() => transport(encodeControl('event', exitEvent(1, 0))), /Cannot write the state/);
    assert.equal(client.acknowledged, 0);
    assert.equal(guest.count('request'), 0);
  });

  it('that an earlier process has dealt with are not taken again', async () => {
    const client = new ChannelClient({ acknowledged: 4 });
    clients.push(client);
    const guest = new FakeGuest();
    client.attach(guest.transport);
    const hello = await guest.welcome();
    assert.equal(hello['acknowledged'], 4);
    const event = once(client, 'event');
    guest.say('event', readyEvent(4));
    guest.say('event', exitEvent(5, 7));
    assert.equal(((await event)[0] as Event).sequence, 5);
    assert.equal(client.acknowledged, 5);
  });

  it('of unknown kinds are ignored with a problem that names them', async () => {
    const { client, guest } = await openChannel();
    const ignored = once(client, 'ignored');
    guest.say('event', { sequence: 1, timeMs: 1, event: 'party' });
    const [problem] = (await ignored) as [Error];
    assert.match(problem.message, /^Cannot accept an event: event: /);
  });
});

describe('metrics', () => {
  const metrics = {
    timeMs: 1,
    machine: {
      uptimeMs: 1,
      onlineCpus: 1,
      load: [0, 0, 0],
      cpu: { userUs: 0, systemUs: 0, idleUs: 0, ioWaitUs: 0, stealUs: 0 },
      memory: {
        totalBytes: 1,
        freeBytes: 1,
        availableBytes: 1,
        cachedBytes: 0,
        swapTotalBytes: 0,
        swapFreeBytes: 0,
      },
      pressure: {},
      disks: [],
      interfaces: [],
      init: { residentBytes: 1, openFds: 9, heapUsedBytes: 1 },
    },
    containers: [],
  };

  it('are watched again in each new session', async () => {
    const { client, guest } = await openChannel(['metrics']);
    const watching = client.watchMetrics(500);
    const request = await guest.acceptRequest();
    assert.deepEqual([request['method'], request['params']], ['watch-metrics', { intervalMs: 500 }]);
    await watching;
    guest.hangUp();
    await once(client, 'lost');
    const again = await attach(client, { features: ['metrics'] });
    assert.deepEqual((await again.acceptRequest())['params'], { intervalMs: 500 });
    const ending = client.watchMetrics(null);
    assert.deepEqual((await again.acceptRequest())['params'], { intervalMs: null });
    await ending;
  });

  it('begin with the first session when they were asked for before', async () => {
    const client = new ChannelClient();
    clients.push(client);
    await client.watchMetrics(100);
    const guest = await attach(client, { features: ['metrics'] });
    assert.equal((await guest.nextMessage('request'))['method'], 'watch-metrics');
  });

  it('come as samples, and a broken one is ignored', async () => {
    const { client, guest } = await openChannel();
    const ignored = once(client, 'ignored');
    const sample = once(client, 'sample');
    guest.say('sample', { timeMs: -1 });
    guest.say('sample', metrics);
    assert.match(((await ignored)[0] as Error).message, /^Cannot accept a sample: /);
    assert.deepEqual(await sample, [metrics]);
  });
});

describe('a channel', () => {
  it('ignores control frames that are no JSON', async () => {
    const { client, guest } = await openChannel();
    const ignored = once(client, 'ignored');
    guest.write(Buffer.from([1, 2, 3]));
    guest.say('request', {});
    const [problem] = (await ignored) as [Error];
    assert.equal(problem.message, 'Cannot take a "request" frame in an open session');
    assert.equal(client.isOpen, true);
  });

  it('fails when the machine has restarted', async () => {
    const { client, guest } = await openChannel();
    guest.hangUp();
    await once(client, 'lost');
    const failed = once(client, 'failed');
    const other = new FakeGuest();
    client.attach(other.transport);
    await other.welcome({ bootId: 'boot-2' });
    const [error] = (await failed) as [Error];
    assert.equal(error.message, 'Cannot resume the channel: the machine has restarted');
  });

  it('fails when it is not the machine of the earlier process', async () => {
    const client = new ChannelClient({ bootId: 'boot-0' });
    clients.push(client);
    const failed = once(client, 'failed');
    const guest = new FakeGuest();
    client.attach(guest.transport);
    await guest.welcome();
    const [error] = (await failed) as [Error];
    assert.equal(error.message, 'Cannot resume the channel: the machine has restarted');
  });

  it('takes no transport after it was closed', () => {
    const client = new ChannelClient();
    client.close();
    const { transport } = new FakeGuest();
    client.attach(transport);
    assert.equal(transport.destroyed, true);
  });

  it('ends its streams when it is closed', async () => {
    const { client } = await openChannel();
    const stream = client.readable(2);
    stream.resume();
    const ended = once(stream, 'end');
    client.close();
    await ended;
    assert.equal(client.writableStream(1).id, 1);
  });
});
