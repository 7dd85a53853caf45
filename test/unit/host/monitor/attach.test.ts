import assert from 'node:assert/strict';
import { test as declare, type TestContext } from 'node:test';
import { patternBytes } from '../../../support/fake-vm/guest-programs.ts';
import { startMonitor } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => Promise<void>): void => {
  declare(name, { timeout: 60_000 }, run);
};

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a client that attached before the start sees everything and the end', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['both', 'out\n', 'err\n', '3']] });
  const client = await monitor.attach();
  await monitor.ask('start');
  assert.deepEqual(await client.lastEvent(), { event: 'ended' });
  assert.deepEqual([client.outputText, client.errorText], ['out\n', 'err\n']);
  assert.deepEqual(client.ended, new Set([2, 3]));
  assert.equal(monitor.status().exit?.code, 3);
});

test('a terminal has no end of stderr', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['both', 'out', 'err']], terminal: true });
  const client = await monitor.attach();
  await monitor.ask('start');
  await client.lastEvent();
  assert.equal(client.outputText, 'outerr');
  assert.deepEqual([...client.ended], [2]);
});

test('a client that comes late gets the last 128 KiB, one that wants none gets none', async (context) => {
  const workload = ['flood', String(1024 * 1024)];
  const monitor = await startMonitor(context, { workloads: [workload], linger: true });
  const first = await monitor.attach({ wait: true });
  let receivedBytes = 0;
  first.onOutput = (bytes) => (receivedBytes += bytes.length);
  await monitor.ask('start');
  await first.until(() => receivedBytes === 1024 * 1024);
  const late = await monitor.attach();
  await late.until(() => Buffer.concat(late.output).length === 128 * 1024);
  assert.ok(Buffer.concat(late.output).equals(Buffer.concat([patternBytes(65536), patternBytes(65536)])));
  const incurious = await monitor.connect();
  await incurious.request('attach', { stdin: false, replay: false, wait: false });
  await monitor.ask('destroy');
  await incurious.lastEvent();
  assert.equal(incurious.outputText, '');
});

test('the workload waits for a client that asked for it', async (context) => {
  const lengthBytes = 8 * 1024 * 1024;
  const monitor = await startMonitor(context, { workloads: [['flood', String(lengthBytes)]] });
  const slow = await monitor.attach({ wait: true });
  const quick = await monitor.attach();
  let receivedBytes = 0;
  let quickBytes = 0;
  slow.onOutput = (bytes) => (receivedBytes += bytes.length);
  quick.onOutput = (bytes) => (quickBytes += bytes.length);
  slow.socket.pause();
  await monitor.ask('start');
  // A window's worth flows whatever waits behind it; how much more depends on how full the sockets are packed.
  await quick.until(() => quickBytes >= 100_000);
  const status = await monitor.ask('status');
  assert.equal((status as { state: string }).state, 'running');
  assert.ok(quickBytes < lengthBytes);
  // Nobody waits for this one: on a busy machine it might be dropped now.
  quick.close();
  slow.socket.resume();
  assert.deepEqual(await slow.lastEvent(), { event: 'ended' });
  assert.equal(receivedBytes, lengthBytes);
});

test('a client that the workload does not wait for is dropped when it falls behind', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['flood', String(16 * 1024 * 1024)]] });
  const slow = await monitor.attach();
  slow.socket.pause();
  await monitor.ask('start');
  assert.equal((await monitor.wait()).code, 0);
  slow.onOutput = () => {};
  slow.socket.resume();
  const last = await slow.lastEvent();
  assert.ok(last.event === 'dropped' && last.behindBytes > 1024 * 1024);
  await slow.closed;
});

test('a machine that is gone waits for no client', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['flood', String(16 * 1024 * 1024)]] });
  const slow = await monitor.attach({ wait: true });
  slow.socket.pause();
  await monitor.ask('start');
  await monitor.ask('ready');
  await monitor.ask('destroy');
  assert.equal((await monitor.wait()).reason, 'killed');
  slow.onOutput = () => {};
  slow.socket.resume();
  assert.deepEqual(await slow.lastEvent(), { event: 'ended' });
});

test('a client that goes while the workload waits for it holds nobody up', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['flood', String(16 * 1024 * 1024)]] });
  const slow = await monitor.attach({ wait: true });
  slow.socket.pause();
  await monitor.ask('start');
  await monitor.ask('ready');
  slow.close();
  assert.equal((await monitor.wait()).code, 0);
});

test('input of several clients reaches the workload, and one that leaves does not end it', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['cat']], stdin: true });
  const one = await monitor.attach({ stdin: true });
  const other = await monitor.attach({ stdin: true });
  // Before there is a machine.
  one.send(Buffer.from('one '));
  await monitor.ask('start');
  await one.until(() => one.outputText === 'one ');
  one.sendEnd();
  one.close();
  other.send(Buffer.from('other'));
  await other.until(() => other.outputText === 'one other');
  await monitor.ask('stop');
  assert.equal((await monitor.wait()).code, 143);
});

test("the first client's end of input is the workload's when that was asked for", async (context) => {
  const monitor = await startMonitor(context, { workloads: [['cat']], stdin: true }, { stdinOnce: true });
  const client = await monitor.attach({ stdin: true, wait: true });
  const piece = patternBytes(64 * 1024);
  let receivedBytes = 0;
  client.onOutput = (bytes) => (receivedBytes += bytes.length);
  await monitor.ask('start');
  for (let count = 0; count < 64; count += 1) {
    if (!client.send(piece)) await new Promise((resolve) => client.socket.once('drain', resolve));
    await nextTurn();
  }
  client.sendEnd();
  await client.lastEvent();
  assert.equal(receivedBytes, 4 * 1024 * 1024);
  assert.equal(monitor.status().exit?.code, 0);
});

test('an attachment lasts over restarts', async (context) => {
  const monitor = await startMonitor(
    context,
    {
      workloads: [
        ['print', 'one ', '1'],
        ['print', 'two ', '1'],
        ['print', 'three', '0'],
      ],
    },
    { restart: { policy: 'on-failure' } },
  );
  const client = await monitor.attach();
  await monitor.ask('start');
  assert.deepEqual(await client.lastEvent(), { event: 'ended' });
  assert.equal(client.outputText, 'one two three');
  assert.equal(monitor.status().restarts, 2);
});
