import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test as declare, type TestContext } from 'node:test';
import { isAlive, killProcess } from '../../../../host/machine/liveness.ts';
import { makeFakeDomain } from '../../../support/fake-xen/fake-domain.ts';
import { ended, startMonitorOver } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => Promise<void>): void => {
  declare(name, { timeout: 60_000 }, run);
};

test('a domain is created paused, given a channel, unpaused, and ends with its workload', async (context) => {
  const monitor = await startMonitorOver(await makeFakeDomain(context, { workloads: [['exit', '42']] }));
  const client = await monitor.attach({ wait: true });
  await monitor.ask('start');
  assert.equal((await monitor.wait()).code, 42);
  const { directory } = monitor;
  const name = `firstborn-${directory.id}`;
  const [first, ...rest] = monitor.xlWords();
  assert.equal(first, `create -F -p ${directory.xlConfigPath}`);
  // Nobody waits for the console's copy to begin.
  assert.deepEqual(rest.toSorted(), [`console -t pv ${name}`, `unpause ${name}`]);
  assert.match(readFileSync(directory.xlConfigPath, 'utf8'), new RegExp(`^name = "${name}"$`, 'm'));
  assert.equal(readFileSync(directory.consoleLogPath, 'utf8'), 'the kernel speaks\r\n');
  client.close();
});

test('a monitor takes a domain over whose monitor was killed, with a backend of its own', async (context) => {
  const monitor = await startMonitorOver(await makeFakeDomain(context, { workloads: [['sleep']] }));
  await monitor.ask('start');
  await monitor.ask('ready');
  const { vm } = monitor.status();
  await monitor.killMonitor();
  assert.ok(isAlive(vm));
  await startMonitorOver(monitor);
  await monitor.ask('guest', { method: 'ping', params: {} });
  assert.deepEqual(monitor.status().vm, vm);
  await monitor.ask('stop');
  assert.equal((await monitor.wait()).code, 143);
  assert.equal(monitor.xlWords().filter((words) => words.startsWith('unpause')).length, 1);
});

test('a domain is destroyed by its name, and is gone with xl', async (context) => {
  const monitor = await startMonitorOver(await makeFakeDomain(context, { workloads: [['sleep']] }));
  await monitor.ask('start');
  await monitor.ask('ready');
  await monitor.ask('destroy');
  const exit = await monitor.wait();
  assert.deepEqual([exit.code, exit.reason], [137, 'killed']);
  assert.equal(monitor.xlWords().at(-1), `destroy firstborn-${monitor.directory.id}`);
});

test('a domain whose xl was killed is taken away', async (context) => {
  const monitor = await startMonitorOver(await makeFakeDomain(context, { workloads: [['sleep']] }));
  await monitor.ask('start');
  await monitor.ask('ready');
  const { vm } = monitor.status();
  assert.ok(vm !== null);
  killProcess(vm);
  await ended(vm);
  const exit = await monitor.wait();
  assert.deepEqual([exit.code, exit.reason], [125, 'failed']);
  assert.equal(monitor.xlWords().at(-1), `destroy firstborn-${monitor.directory.id}`);
});

test('a guest that crashes leaves its last words, and then its domain is destroyed', async (context) => {
  const monitor = await startMonitorOver(await makeFakeDomain(context, { workloads: [], manner: 'silent' }));
  await monitor.ask('start');
  const exit = await monitor.wait();
  assert.deepEqual(exit, { code: 125, reason: 'failed', message: "Guest crashed (Xen's reason code 3)" });
  assert.match(readFileSync(monitor.directory.consoleLogPath, 'utf8'), /^Kernel panic - not syncing\r$/m);
  assert.equal(monitor.xlWords().at(-1), `destroy firstborn-${monitor.directory.id}`);
});

const failures: [string, Parameters<typeof makeFakeDomain>[1], RegExp][] = [
  ['xl can not build it', { workloads: [], manner: 'broken' }, /ended with code 1: .*: Invalid kernel$/],
];
for (const [reason, scenario, message] of failures) {
  test(`a domain fails when ${reason}`, async (context) => {
    const monitor = await startMonitorOver(await makeFakeDomain(context, scenario));
    await monitor.ask('start');
    const exit = await monitor.wait();
    assert.deepEqual([exit.code, exit.reason], [125, 'failed']);
    assert.match(exit.message ?? '', message);
  });
}

test('a domain whose guest breaks the ring of its channel is destroyed', async (context) => {
  const domain = await makeFakeDomain(context, { workloads: [['sleep']] });
  domain.denyConsole(4);
  const monitor = await startMonitorOver(domain);
  await monitor.ask('start');
  const exit = await monitor.wait();
  assert.match(exit.message ?? '', /^Guest of domain "firstborn-[0-9a-f]{16}" has broken its channel$/);
});
