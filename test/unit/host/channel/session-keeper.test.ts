import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, it, mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChannelClient } from '../../../../host/channel/channel-client.ts';
import { heartbeatIntervalMs, maxEntropyBytes } from '../../../../protocol/limits.ts';
import { FakeGuest } from '../support/fake-guest.ts';

const clients: ChannelClient[] = [];
afterEach(() => {
  mock.timers.reset();
  for (const client of clients.splice(0)) client.close();
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

async function openChannel(features: string[]): Promise<{ client: ChannelClient; guest: FakeGuest }> {
  const client = new ChannelClient();
  clients.push(client);
  const guest = new FakeGuest();
  client.attach(guest.transport);
  const opened = once(client, 'opened');
  await guest.welcome({ features });
  await opened;
  return { client, guest };
}

it('a session gives the guest entropy as it opens', async () => {
  const { guest } = await openChannel(['entropy']);
  const { method, params } = await guest.acceptRequest();
  assert.equal(method, 'entropy');
  const { bytes } = params as { bytes: string };
  assert.equal(Buffer.from(bytes, 'base64').length, maxEntropyBytes);
});

it('a session steps a clock that is off', async () => {
  const { guest } = await openChannel(['clock']);
  const reading = await guest.nextMessage('request');
  assert.deepEqual([reading['method'], reading['params']], ['clock', {}]);
  const result = { unixMs: Date.now() - 3_600_000, steppedMs: 0 };
  guest.say('response', { id: reading['id'], ok: true, result });
  const step = await guest.nextMessage('request');
  const { stepMs } = step['params'] as { stepMs: number };
  assert.ok(Math.abs(stepMs - 3_600_000) < 5000, `${stepMs}`);
});

it('a session survives a guest that refuses its upkeep', async () => {
  const { client, guest } = await openChannel(['entropy', 'clock']);
  const problems: string[] = [];
  client.on('ignored', (problem) => problems.push(problem.message));
  for (const code of ['failed', 'busy']) {
    const { id } = await guest.nextMessage('request');
    guest.say('response', { id, ok: false, error: { code, message: 'not now' } });
  }
  const reply = client.request('ping', undefined);
  await guest.acceptRequest();
  await reply;
  assert.deepEqual(problems, [
    'Cannot give the guest entropy: Guest answered "entropy" with failed: not now',
    'Cannot keep the guest\'s clock: Guest answered "clock" with busy: not now',
  ]);
});

it('a session asks a guest without these features for none of them', async () => {
  const { client, guest } = await openChannel(['exec']);
  const reply = client.request('ping', undefined);
  assert.equal((await guest.acceptRequest())['method'], 'ping');
  await reply;
});

it('a session pings, tells a silent guest and one that is heard again', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const { client, guest } = await openChannel([]);
  const said: string[] = [];
  client.on('silent', () => said.push('silent'));
  client.on('heard', () => said.push('heard'));
  mock.timers.tick(heartbeatIntervalMs);
  const { method, id } = await guest.nextMessage('request');
  assert.equal(method, 'ping');
  mock.timers.tick(2 * heartbeatIntervalMs);
  assert.deepEqual(said, []);
  mock.timers.tick(heartbeatIntervalMs);
  assert.deepEqual(said, ['silent']);
  assert.equal(client.isOpen, true);
  const heard = once(client, 'heard');
  guest.say('response', { id, ok: true });
  await heard;
  assert.deepEqual(said, ['silent', 'heard']);
});

it('a session leaves no timer behind when it ends', async () => {
  const before = timers();
  const { client } = await openChannel(['entropy', 'clock']);
  assert.ok(timers() > before);
  client.close();
  await nextTurn();
  assert.equal(timers(), before);
});
