import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it, mock } from 'node:test';
import { ChannelClient } from '../../../../host/channel/channel-client.ts';
import { maxOpenRequests } from '../../../../protocol/limits.ts';
import type { Event } from '../../../../protocol/messages.ts';
import { exitEvent, FakeGuest, readyEvent } from '../support/fake-guest.ts';

const clients: ChannelClient[] = [];
afterEach(() => {
  mock.timers.reset();
  for (const client of clients.splice(0)) client.close();
});

async function openChannel(): Promise<{ client: ChannelClient; guest: FakeGuest }> {
  const client = new ChannelClient();
  clients.push(client);
  return { client, guest: await attach(client) };
}

async function attach(client: ChannelClient, bootId = 'boot-1'): Promise<FakeGuest> {
  const guest = new FakeGuest();
  client.attach(guest.transport);
  const opened = once(client, 'opened');
  await guest.welcome({ bootId });
  await opened;
  return guest;
}

describe('requests', () => {
  it('resolve with the result of their own answer, whatever the order', async () => {
    const { client, guest } = await openChannel();
    const first = client.request('ping', undefined);
    const second = client.request('stop', { signal: 15, graceMs: 100 });
    const ping = await guest.nextMessage('request');
    const stop = await guest.nextMessage('request');
    assert.deepEqual(stop, {
      id: 2,
      method: 'stop',
      deadlineMs: 10_000,
      params: { signal: 15, graceMs: 100 },
    });
    guest.say('response', { id: stop['id'], ok: true, result: 'stopping' });
    guest.say('response', { id: ping['id'], ok: true, result: 'pong' });
    assert.deepEqual(await Promise.all([first, second]), ['pong', 'stopping']);
  });

  it('reject with the code and the message of an error reply', async () => {
    const { client, guest } = await openChannel();
    const reply = client.request('stop', {});
    const { id } = await guest.nextMessage('request');
    guest.say('response', { id, ok: false, error: { code: 'busy', message: 'stopping already' } });
    await assert.rejects(reply, {
      code: 'guest',
      message: 'Guest answered "stop" with busy: stopping already',
    });
  });

  it('reject at their deadline', async () => {
    const { client } = await openChannel();
    mock.timers.enable({ apis: ['setTimeout'] });
    const reply = client.request('ping', undefined, 2000);
    const rejection = assert.rejects(reply, {
      code: 'timeout',
      message: 'Guest did not answer "ping" within 2000 ms',
    });
    mock.timers.tick(2500);
    await rejection;
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

  it('reject beyond the number that may be open', async () => {
    const { client } = await openChannel();
    const open = Array.from({ length: maxOpenRequests }, () => client.request('ping', undefined));
    const outcome = Promise.allSettled(open);
    await assert.rejects(client.request('ping', undefined), {
      message: `Cannot ask the guest for "ping": ${maxOpenRequests} requests are open already`,
    });
    client.close();
    await outcome;
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

  it('of unknown kinds are ignored with a problem that names them', async () => {
    const { client, guest } = await openChannel();
    const ignored = once(client, 'ignored');
    guest.say('event', { sequence: 1, timeMs: 1, event: 'party' });
    const [problem] = (await ignored) as [Error];
    assert.match(problem.message, /^Cannot accept an event: event: /);
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
