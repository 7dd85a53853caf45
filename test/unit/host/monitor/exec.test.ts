import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test as declare, type TestContext } from 'node:test';
import { patternBytes } from '../../../support/fake-vm/guest-programs.ts';
import { type StartedMonitor, startMonitor } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => Promise<void>): void => {
  declare(name, { timeout: 120_000 }, run);
};

async function runningMachine(context: TestContext): Promise<StartedMonitor> {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  await monitor.ask('start');
  await monitor.ask('ready');
  return monitor;
}

async function countExecs(monitor: StartedMonitor): Promise<number> {
  const result = (await monitor.ask('guest', { method: 'execs', params: {} })) as { execs: unknown[] };
  return result.execs.length;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

test('an exec gets its streams apart, and its exit after its output', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  const started = await client.request('exec', { args: ['both', 'out', 'err', '9'] });
  assert.deepEqual(started, { exec: 1, pid: 101, streams: { stdout: 2, stderr: 3 } });
  assert.deepEqual(await client.lastEvent(), { event: 'exited', exit: { code: 9, reason: 'exited' } });
  assert.deepEqual([client.outputText, client.errorText], ['out', 'err']);
  assert.deepEqual(client.ended, new Set([2, 3]));
  await client.closed;
});

test('64 MiB go through an exec in both directions at once', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  await client.request('exec', { args: ['cat'], stdin: true });
  const sent = createHash('sha256');
  const received = createHash('sha256');
  client.onOutput = (bytes) => received.update(bytes);
  const piece = patternBytes(1024 * 1024);
  for (let count = 0; count < 64; count += 1) {
    piece[0] = count;
    sent.update(piece);
    if (!client.send(piece)) await new Promise((resolve) => client.socket.once('drain', resolve));
  }
  client.sendEnd();
  assert.deepEqual(await client.lastEvent(), { event: 'exited', exit: { code: 0, reason: 'exited' } });
  assert.equal(received.digest('hex'), sent.digest('hex'));
});

test('a client that writes and does not read holds up itself alone', async (context) => {
  const monitor = await runningMachine(context);
  const deaf = await monitor.connect();
  await deaf.request('exec', { args: ['cat'], stdin: true });
  deaf.socket.pause();
  const piece = patternBytes(64 * 1024);
  while (deaf.send(piece)) await new Promise((resolve) => setImmediate(resolve));
  const other = await monitor.connect();
  await other.request('exec', { args: ['print', 'hello'] });
  await other.lastEvent();
  assert.equal(other.outputText, 'hello');
  assert.equal(deaf.events.length, 0);
});

test('an exec that cannot be started is refused with the reason of the guest', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  const answer = await client.ask('exec', { args: ['nonsense'] });
  assert.ok(!answer.ok);
  assert.equal(answer.error.code, 'guest');
  assert.equal(answer.error.reply?.code, 'failed');
  // The connection is not used up.
  assert.equal((await client.ask('exec', { args: ['exit'] })).ok, true);
});

test('an exec goes on when its client leaves, and its input ends', async (context) => {
  const monitor = await runningMachine(context);
  const flooding = await monitor.connect();
  await flooding.request('exec', { args: ['flood', '3000000'] });
  flooding.close();
  const reading = await monitor.connect();
  await reading.request('exec', { args: ['cat'], stdin: true });
  reading.close();
  await until(async () => (await countExecs(monitor)) === 0);
});

test('an exec dies with its client when that was asked for, also while its input is held up', async (context) => {
  const monitor = await runningMachine(context);
  const idle = await monitor.connect();
  await idle.request('exec', { args: ['sleep'], killOnDisconnect: true });
  idle.close();
  const stuck = await monitor.connect();
  // It never reads its input.
  await stuck.request('exec', { args: ['sleep'], stdin: true, killOnDisconnect: true });
  const piece = patternBytes(64 * 1024);
  while (stuck.send(piece)) await new Promise((resolve) => setImmediate(resolve));
  stuck.close();
  await until(async () => (await countExecs(monitor)) === 0);
});

test('a signal reaches an exec over another connection', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  await client.request('exec', { args: ['sleep'] });
  await monitor.ask('guest', { method: 'signal', params: { exec: 1, signal: 10 } });
  assert.deepEqual(await client.lastEvent(), { event: 'exited', exit: { code: 138, reason: 'signaled' } });
});

test('an exec fails when the machine ends first', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  await client.request('exec', { args: ['sleep'] });
  await monitor.ask('destroy');
  assert.deepEqual(await client.lastEvent(), {
    event: 'failed',
    code: 'vm',
    message: 'Machine ended before the process did',
  });
});

test('a detached exec has no streams, and still tells its end', async (context) => {
  const monitor = await runningMachine(context);
  const client = await monitor.connect();
  const started = await client.request('exec', { args: ['print', 'x', '4'], detach: true });
  assert.deepEqual(started, { exec: 1, pid: 101, streams: {} });
  assert.deepEqual(await client.lastEvent(), { event: 'exited', exit: { code: 4, reason: 'exited' } });
});

test('thousands of execs leave nothing in the monitor', async (context) => {
  const monitor = await runningMachine(context);
  const { monitor: identity } = monitor.status();
  // Not the pages of files: those of Node's own program come and go with the machine's memory.
  const ownKiB = (): number => {
    const status = readFileSync(`/proc/${identity?.pid}/status`, 'utf8');
    const [anonymous = 0, swapped = 0] = ['RssAnon', 'VmSwap'].map((name) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]),
    );
    return anonymous + swapped;
  };
  const run = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      const client = await monitor.connect();
      await client.request('exec', { args: ['print', 'hello'], stdin: true });
      await client.lastEvent();
      assert.equal(client.outputText, 'hello');
      client.close();
    }
  };
  // V8 collects its old generation when it likes, after 2,000 execs or 9,000. A leak grows on behind that.
  const sizesKiB = [ownKiB()];
  const isLevel = (): boolean => (sizesKiB.at(-1) ?? 0) < (sizesKiB.at(-2) ?? 0) * 1.02;
  for (let count = 0; count < 16_000 && !(count > 2400 && isLevel()); count += 800) {
    await run(800);
    sizesKiB.push(ownKiB());
  }
  assert.ok(isLevel(), `KiB after every 800 execs: ${sizesKiB.join(', ')}`);
  assert.equal(await countExecs(monitor), 0);
});
