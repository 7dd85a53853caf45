import assert from 'node:assert/strict';
import { test as declare, type TestContext } from 'node:test';
import { patternBytes } from '../../../support/fake-vm/guest-programs.ts';
import { type StartedMonitor, startMonitor } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => Promise<void>): void => {
  declare(name, { timeout: 60_000 }, run);
};

async function runningMachine(context: TestContext): Promise<StartedMonitor> {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  await monitor.ask('start');
  await monitor.ask('ready');
  return monitor;
}

test('copy-out sends an archive, its end and its summary', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  await client.request('copy-out', { path: '/bytes/1000000' });
  const last = await client.lastEvent();
  assert.deepEqual(last, { event: 'transferred', summary: { entries: 1, contentBytes: 1_000_000 } });
  assert.ok(Buffer.concat(client.output).equals(patternBytes(1_000_000)));
  assert.ok(client.ended.has(2));
});

test('a copy that the guest refuses leaves the connection as it was', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  const answer = await client.ask('copy-out', { path: '/nothing' });
  assert.ok(!answer.ok && answer.error.reply?.code === 'failed');
  assert.equal((await client.ask('status')).ok, true);
});

test('copy-in takes an archive up to its end', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  await client.request('copy-in', { path: '/tmp' });
  client.send(patternBytes(3_000_000));
  client.sendEnd();
  const last = await client.lastEvent();
  assert.deepEqual(last, { event: 'transferred', summary: { entries: 1, contentBytes: 3_000_000 } });
});

test('a copy fails when the machine ends first', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  await client.request('copy-in', { path: '/tmp' });
  await monitor.ask('destroy');
  const last = await client.lastEvent();
  assert.ok(last.event === 'failed' && last.code === 'vm');
});

test('watchers of the metrics get samples at their own intervals, until the machine ends', async (context) => {
  const monitor = await runningMachine(context);
  const often = await monitor.connect();
  const seldom = await monitor.connect();
  await seldom.request('watch-metrics', { intervalMs: 60_000 });
  await often.request('watch-metrics', { intervalMs: 100 });
  await often.until(() => often.samples.length >= 4);
  assert.equal(often.samples[0]?.machine.onlineCpus, 1);
  assert.ok(seldom.samples.length <= 1);
  often.close();
  await monitor.ask('destroy');
  assert.deepEqual(await seldom.lastEvent(), { event: 'ended' });
});

test('methods of the guest are passed on with their results and refusals', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  await client.request('guest', { method: 'ping', params: {} });
  const metrics = (await client.request('guest', { method: 'metrics', params: {} })) as {
    containers: unknown[];
  };
  assert.equal(metrics.containers.length, 1);
  const refused = await client.ask('guest', { method: 'stat', params: { path: '/' } });
  assert.ok(!refused.ok && refused.error.reply?.code === 'unknown-method');
  const lost = await client.ask('guest', { method: 'signal', params: { exec: 99, signal: 1 } });
  assert.ok(!lost.ok && lost.error.reply?.code === 'not-found');
  const forbidden = await client
    .ask('guest', { method: 'acknowledge', params: { sequence: 9 } })
    .catch(() => 'closed');
  assert.equal(forbidden, 'closed');
});
