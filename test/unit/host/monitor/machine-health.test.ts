import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test as declare, type TestContext } from 'node:test';
import type { MachineHealth } from '../../../../host/machine/machine-record.ts';
import { machineHealth } from '../../../../host/monitor/machine-health.ts';
import { spawnMonitor } from '../../../../host/monitor/spawn-monitor.ts';
import { type StartedMonitor, startMonitor } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => void | Promise<void>): void => {
  declare(name, { timeout: 60_000 }, run);
};

async function healthAfter(monitor: StartedMonitor, events: number): Promise<MachineHealth | null> {
  const told = (): number =>
    readFileSync(monitor.directory.eventsPath, 'utf8').split('"event":"health"').length - 1;
  while (told() < events) await new Promise((resolve) => setTimeout(resolve, 10));
  // The status follows the event in the same turn of the monitor, so its next answer comes after both.
  await monitor.ask('ready');
  return monitor.status().health;
}

test('machineHealth() takes over what the event has', () => {
  const base = { event: 'health', sequence: 4, timeMs: 5, container: 'main' } as const;
  assert.deepEqual(machineHealth({ ...base, status: 'starting', failingStreak: 0 }, 7), {
    status: 'starting',
    failingStreak: 0,
    unixMs: 7,
  });
  const result = { status: 'unhealthy', failingStreak: 3, exitCode: 1, output: 'x' } as const;
  assert.deepEqual(machineHealth({ ...base, ...result }, 7), { ...result, unixMs: 7 });
});

test('the status has the last word on the health, and nothing of it when the machine boots again', async (context) => {
  const workloads = [['sleep'], ['sleep']];
  const monitor = await startMonitor(context, { workloads, health: [['starting', 'healthy'], []] });
  assert.equal(monitor.status().health, null);
  const client = await monitor.connect();
  await monitor.ask('start');
  const health = await healthAfter(monitor, 2);
  assert.deepEqual(
    { ...health, unixMs: 0 },
    { status: 'healthy', failingStreak: 0, exitCode: 0, output: 'healthy\n', unixMs: 0 },
  );
  assert.ok(Math.abs(Date.now() - (health?.unixMs ?? 0)) < 60_000);
  await monitor.ask('stop');
  await monitor.wait();
  assert.equal(monitor.status().health?.status, 'healthy', 'the last known');
  await monitor.ask('start');
  await monitor.ask('ready');
  assert.equal(monitor.status().health, null);
  client.close();
  await monitor.ask('stop');
  await monitor.wait();
});

test('a new monitor reads from the events what its predecessor could not write down', async (context) => {
  const monitor = await startMonitor(context, {
    workloads: [['sleep']],
    health: [['starting', 'unhealthy']],
  });
  await monitor.ask('start');
  const health = await healthAfter(monitor, 2);
  await monitor.killMonitor();
  // As if it had been killed between the event and the status.
  writeFileSync(monitor.directory.statusPath, JSON.stringify({ ...monitor.status(), health: null }));
  await spawnMonitor(monitor.directory.path);
  const { unixMs = 0, ...found } = monitor.status().health ?? {};
  const { unixMs: toldMs = 0, ...told } = health ?? {};
  assert.deepEqual(found, told);
  assert.ok(Math.abs(unixMs - toldMs) < 60_000);
  await monitor.ask('stop');
  await monitor.wait();
});
