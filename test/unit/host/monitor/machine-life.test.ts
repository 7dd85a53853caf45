import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test as declare, type TestContext } from 'node:test';
import { isAlive, killProcess } from '../../../../host/machine/liveness.ts';
import { spawnMonitor } from '../../../../host/monitor/spawn-monitor.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';
import { ended, type StartedMonitor, startMonitor } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => Promise<void>): void => {
  declare(name, { timeout: 60_000 }, run);
};

function recorded({ directory }: StartedMonitor): { event: string; [key: string]: unknown }[] {
  const lines = readFileSync(directory.eventsPath, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { event: { event: string } }).event);
}

test('a machine is started once, becomes ready and ends with its exit on record', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  assert.equal(monitor.status().state, 'created');
  const client = await monitor.connect();
  const ready = client.request('ready');
  const wait = client.request('wait');
  await monitor.ask('start');
  await monitor.ask('start');
  assert.equal(((await ready) as { event: string }).event, 'ready');
  const { state, vm, bootId, monitor: identity } = monitor.status();
  assert.equal(state, 'running');
  assert.equal(bootId, `boot-${vm?.pid}`);
  assert.ok(isAlive(vm) && isAlive(identity));
  await monitor.ask('guest', { method: 'signal', params: { signal: 9 } });
  assert.deepEqual(await wait, { code: 137, signal: 9, reason: 'signaled' });
  client.close();
  await ended(identity);
  const status = monitor.status();
  assert.deepEqual(
    [status.state, status.exit, status.vm, status.monitor],
    ['exited', { code: 137, signal: 9, reason: 'signaled' }, null, null],
  );
  const names = recorded(monitor).map(({ event }) => event);
  assert.deepEqual(names, ['start', 'started', 'ready', 'exit', 'end']);
});

test('what belongs to a machine is closed to others', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['print', 'secret']] });
  // As long as it is here the monitor stays, and with it the files that it takes away at its end.
  const client = await monitor.connect();
  await monitor.ask('start');
  await monitor.wait();
  for (const name of readdirSync(monitor.directory.path)) {
    assert.equal(statSync(join(monitor.directory.path, name)).mode & 0o077, 0, name);
  }
  client.close();
});

test('stop ends the workload in order', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] }, { restart: { policy: 'always' } });
  await monitor.ask('start');
  await monitor.ask('ready');
  await monitor.ask('stop', { signal: 2 });
  assert.deepEqual(await monitor.wait(), { code: 130, signal: 2, reason: 'signaled' });
  assert.ok(recorded(monitor).some(({ event }) => event === 'stopping'));
});

test('stop ends a machine whose guest has not come up yet', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']], manner: 'deaf' });
  await monitor.ask('start');
  const client = await monitor.connect();
  await client.request('stop');
  assert.equal(((await client.request('wait')) as { reason: string }).reason, 'killed');
});

test('a shutdown for a reboot boots again, and is no restart', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep'], ['print', 'again']] });
  const client = await monitor.attach();
  await monitor.ask('start');
  await monitor.ask('ready');
  await monitor.ask('shutdown', { how: 'reboot' });
  await client.lastEvent();
  assert.equal(client.outputText, 'again');
  assert.deepEqual([monitor.status().restarts, monitor.status().exit?.code], [0, 0]);
});

test('restarts on failure end after so many', async (context) => {
  const monitor = await startMonitor(
    context,
    { workloads: [['exit', '3']] },
    { restart: { policy: 'on-failure', maxRetries: 2 } },
  );
  await monitor.ask('start');
  assert.equal((await monitor.wait()).code, 3);
  assert.equal(monitor.status().restarts, 2);
  const delays = recorded(monitor).flatMap(({ event, delayMs }) => (event === 'restart' ? [delayMs] : []));
  assert.deepEqual(delays, [100, 200]);
});

test('destroy calls a restart off', async (context) => {
  const monitor = await startMonitor(
    context,
    { workloads: [['exit', '3']] },
    { restart: { policy: 'always' } },
  );
  const client = await monitor.connect();
  await monitor.ask('start');
  const wait = client.request('wait');
  while (monitor.status().restarts < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  await client.request('destroy');
  const exit = (await wait) as { reason: string };
  assert.ok(['exited', 'killed'].includes(exit.reason));
  assert.equal(monitor.status().state, 'exited');
});

test('a machine that has ended can be started again', async (context) => {
  const monitor = await startMonitor(context, {
    workloads: [
      ['exit', '1'],
      ['exit', '2'],
    ],
  });
  const client = await monitor.connect();
  await client.request('start');
  assert.equal(((await client.request('wait')) as { code: number }).code, 1);
  await client.request('start');
  assert.equal(((await client.request('wait')) as { code: number }).code, 2);
  client.close();
  await ended(monitor.status().monitor);
  await spawnMonitor(monitor.directory.path);
  await monitor.ask('start');
  assert.equal((await monitor.wait()).code, 2);
});

const failures: [string, Parameters<typeof startMonitor>[1], RegExp][] = [
  [
    'its monitor fails',
    { workloads: [], manner: 'broken' },
    /^Virtual machine monitor ended with code 1: qemu: could not open disk image$/,
  ],
  [
    'its guest says nothing',
    { workloads: [], manner: 'silent' },
    /^Machine ended without a word from the guest$/,
  ],
  ['it is refused', { workloads: [], manner: 'refuse' }, /^Cannot open the channel: the guest refused/],
  ['its guest fails', { workloads: [], fault: 'no disk' }, /^Guest failed at "root": no disk$/],
];
for (const [reason, scenario, message] of failures) {
  test(`a machine fails when ${reason}`, async (context) => {
    const monitor = await startMonitor(context, scenario);
    const client = await monitor.connect();
    const ready = client.ask('ready');
    await client.request('start');
    const exit = (await client.request('wait')) as { code: number; reason: string; message: string };
    assert.deepEqual([exit.code, exit.reason], [125, 'failed']);
    assert.match(exit.message, message);
    const answer = await ready;
    assert.ok(!answer.ok && answer.error.code === 'vm');
  });
}

test('a machine whose QEMU cannot be started has failed, and the start says why', async (context) => {
  const monitor = await startMonitor(context, { workloads: [] }, { qemuPath: '/none/qemu' });
  const client = await monitor.connect();
  const answer = await client.ask('start');
  assert.ok(!answer.ok);
  assert.match(answer.error.message, /^Cannot start "\/none\/qemu": spawn/);
  assert.equal(monitor.status().exit?.reason, 'failed');
});

test("a machine that goes by itself takes its name along, but not one that is another machine's", async (context) => {
  const monitor = await startMonitor(context, { workloads: [['exit']] }, { autoRemove: true, name: 'gone' });
  const namePath = join(dirname(dirname(monitor.directory.path)), 'names', 'gone');
  const { monitor: identity } = monitor.status();
  await monitor.ask('start');
  await monitor.wait();
  await ended(identity);
  assert.ok(!existsSync(monitor.directory.path) && !existsSync(namePath));

  const other = await startMonitor(context, { workloads: [['exit']] }, { autoRemove: true, name: 'kept' });
  const otherPath = join(dirname(dirname(other.directory.path)), 'names', 'kept');
  writeFileSync(otherPath, 'another\n');
  const { monitor: otherIdentity } = other.status();
  await other.ask('start');
  await other.wait();
  await ended(otherIdentity);
  assert.ok(existsSync(otherPath));
});

test('a machine that failed and goes by itself leaves its console log', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] }, { autoRemove: true });
  writeFileSync(monitor.directory.consoleLogPath, 'of an earlier boot');
  await monitor.ask('start');
  await monitor.ask('ready');
  assert.equal(readFileSync(monitor.directory.consoleLogPath, 'utf8'), '');
  writeFileSync(monitor.directory.consoleLogPath, 'panic');
  const { monitor: identity, vm } = monitor.status();
  if (vm !== null) killProcess(vm);
  await ended(identity);
  assert.deepEqual(readdirSync(monitor.directory.path), ['console.log']);
});

test('SIGTERM to the monitor stops the machine in order', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  await monitor.ask('start');
  await monitor.ask('ready');
  const { monitor: identity } = monitor.status();
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(identity?.pid ?? 0, signal);
  await ended(identity);
  assert.deepEqual(monitor.status().exit, { code: 143, signal: 15, reason: 'signaled' });
});

test('helpers run before the machine and go after it', async (context) => {
  const socketPath = join(scratchDirectory(context), 'helper.sock');
  const helper = { program: '/bin/sh', args: ['-c', `touch ${socketPath}; exec sleep 1000`], socketPath };
  const monitor = await startMonitor(context, { workloads: [['sleep']] }, { helpers: [helper] });
  await monitor.ask('start');
  await monitor.ask('ready');
  const [identity] = monitor.status().helpers;
  assert.ok(identity !== undefined && isAlive(identity));
  // A new monitor knows them, too.
  await monitor.killMonitor();
  await spawnMonitor(monitor.directory.path);
  await monitor.ask('destroy');
  await monitor.wait();
  await ended(identity);
});

test('a machine does not start without its helper', async (context) => {
  const helper = { program: '/bin/false', args: [], socketPath: '/none/helper.sock' };
  const monitor = await startMonitor(context, { workloads: [['sleep']] }, { helpers: [helper] });
  const client = await monitor.connect();
  const answer = await client.ask('start');
  assert.ok(!answer.ok);
  assert.equal(answer.error.message, 'Cannot start "/bin/false": it ended at once');
  assert.equal(monitor.status().exit?.reason, 'failed');
});

test('a disk that is full ends no monitor, and its exit is told until there is room for it', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  // Nothing can be written to the status, nor to the log what the monitor has to say about that.
  await monitor.killMonitor();
  rmSync(monitor.directory.monitorLogPath);
  symlinkSync('/dev/full', monitor.directory.monitorLogPath);
  await spawnMonitor(monitor.directory.path);
  symlinkSync('/dev/full', `${monitor.directory.statusPath}.new`);
  const { monitor: identity } = monitor.status();
  await monitor.ask('start');
  await monitor.ask('ready');
  await monitor.ask('guest', { method: 'signal', params: { signal: 9 } });
  assert.equal((await monitor.wait()).code, 137);
  assert.equal((await monitor.wait()).code, 137);
  assert.deepEqual([isAlive(identity), monitor.status().state], [true, 'created']);
  rmSync(`${monitor.directory.statusPath}.new`);
  await ended(identity);
  assert.deepEqual([monitor.status().state, monitor.status().exit?.code], ['exited', 137]);
});
