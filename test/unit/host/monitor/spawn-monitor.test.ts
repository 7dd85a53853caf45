import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test as declare, type TestContext } from 'node:test';
import { isAlive } from '../../../../host/machine/liveness.ts';
import { MachineDirectory } from '../../../../host/machine/machine-directory.ts';
import { takeLock } from '../../../../host/machine/machine-lock.ts';
import { Monitor } from '../../../../host/monitor/monitor.ts';
import { spawnMonitor } from '../../../../host/monitor/spawn-monitor.ts';
import { makeFakeMachine } from '../../../support/fake-vm/fake-machine.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { MonitorClient } from './monitor-client.ts';
import { ended } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => Promise<void>): void => {
  declare(name, { timeout: 60_000 }, run);
};

test('spawnMonitor() resolves when the monitor answers, in a session of its own', async (context) => {
  const { directory, status } = await makeFakeMachine(context, { workloads: [['sleep']] });
  await spawnMonitor(directory.path);
  const { monitor } = status();
  assert.ok(isAlive(monitor));
  const stat = readFileSync(`/proc/${monitor?.pid}/stat`, 'utf8');
  const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
  assert.equal(session, String(monitor?.pid));
});

test('of several monitors at once exactly one serves, and all who started them are content', async (context) => {
  const { directory, status } = await makeFakeMachine(context, { workloads: [['sleep']] });
  await Promise.all(Array.from({ length: 4 }, () => spawnMonitor(directory.path)));
  const { monitor } = status();
  assert.ok(isAlive(monitor));
  assert.equal(takeLock(directory.lockPath), undefined);
  const client = await MonitorClient.connect(directory.monitorSocketPath);
  const answer = (await client.request('status')) as { monitor: unknown };
  assert.deepEqual(answer.monitor, monitor);
  assert.equal(readFileSync(directory.monitorLogPath, 'utf8'), '');
});

test("spawnMonitor() rejects with the monitor's own words, and those of earlier ones left out", async (context) => {
  const { directory } = await makeFakeMachine(context, { workloads: [] });
  writeFileSync(directory.monitorLogPath, 'words of an earlier monitor\n');
  writeFileSync(directory.recordPath, '{}');
  await assert.rejects(spawnMonitor(directory.path), (error: Error) => {
    assert.match(error.message, /^Cannot start the monitor of "/);
    assert.match(error.message, /machine\.json/);
    assert.doesNotMatch(error.message, /earlier/);
    return true;
  });
});

test('spawnMonitor() rejects for a directory that is not there', async (context) => {
  await assert.rejects(spawnMonitor(`${scratchDirectory(context)}/none`), { code: 'host' });
});

test('a monitor that nobody asks to start its machine ends', async (context) => {
  const { directory, status } = await makeFakeMachine(context, { workloads: [['sleep']] });
  const monitor = await Monitor.open(new MachineDirectory(directory.path), () => {}, { idleMs: 50 });
  await monitor.ended;
  assert.deepEqual([status().state, status().monitor], ['created', null]);
});

test('a monitor whose machine has ended waits for clients that take their answers, and no longer', async (context) => {
  const { directory, status } = await makeFakeMachine(context, { workloads: [['exit']] });
  const monitor = await Monitor.open(directory, () => {}, { farewellMs: 200 });
  const client = await MonitorClient.connect(directory.monitorSocketPath);
  await client.request('start');
  await client.request('wait');
  // It stays connected and says nothing.
  await monitor.ended;
  await client.closed;
  assert.equal(status().state, 'exited');
  await ended(status().vm);
});
