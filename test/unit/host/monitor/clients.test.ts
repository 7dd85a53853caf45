import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test as declare, type TestContext } from 'node:test';
import { encodeControl, encodeFrame } from '../../../../protocol/frame.ts';
import type { MonitorClient } from './monitor-client.ts';
import { startMonitor } from './started-monitor.ts';

const test = (name: string, run: (context: TestContext) => Promise<void>): void => {
  declare(name, { timeout: 60_000 }, run);
};

const badInputs: [string, Buffer, RegExp][] = [
  ['no frame', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /^Cannot understand the client: it sent no frame$/],
  ['no JSON', encodeFrame('request', 0, Buffer.from('{')), /^Cannot parse a request as JSON/],
  ['no request', encodeControl('request', { id: 1, method: 'explode' }), /^Cannot accept a request: /],
  [
    'bad parameters',
    encodeControl('request', { id: 1, method: 'stop', params: { signal: 99 } }),
    /params\.signal/,
  ],
  [
    'a frame of a monitor',
    encodeControl('response', { id: 1, ok: true }),
    /^Cannot take a "response" frame from a client$/,
  ],
];
for (const [what, bytes, message] of badInputs) {
  test(`a client that sends ${what} is told so and loses its connection alone`, async (context) => {
    const monitor = await startMonitor(context, { workloads: [['sleep']] });
    const good = await monitor.connect();
    const bad = await monitor.connect();
    bad.socket.write(bytes);
    const last = await bad.lastEvent();
    assert.ok(last.event === 'failed' && last.code === 'usage');
    assert.match(last.message, message);
    await bad.closed;
    assert.equal((await good.ask('status')).ok, true);
  });
}

test('the 257th client is turned away, and there is room again when one leaves', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  const clients = await Promise.all(Array.from({ length: 256 }, () => monitor.connect()));
  const late = await monitor.connect();
  const last = await late.lastEvent();
  assert.ok(last.event === 'failed' && last.message === 'Cannot serve more than 256 clients');
  const answers = await Promise.all(clients.map((client) => client.ask('status')));
  assert.ok(answers.every(({ ok }) => ok));
  for (const client of clients) client.close();
  await Promise.all(clients.map((client) => client.closed));
  await monitor.ask('status');
});

test('a client may have 64 requests open and hears of one more than that', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  const client = await monitor.connect();
  const waiting = Array.from({ length: 64 }, () => client.ask('wait'));
  const answer = await client.ask('status');
  assert.ok(!answer.ok && answer.error.message.endsWith('64 requests are open already'));
  await monitor.ask('start');
  await monitor.ask('destroy');
  const answers = await Promise.all(waiting);
  assert.ok(answers.every(({ ok }) => ok));
});

test('a client that asks and never reads costs bounded memory', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  const socket = connect(monitor.directory.monitorSocketPath);
  context.after(() => socket.destroy());
  socket.pause();
  let id = 0;
  const drain = async (): Promise<boolean> => {
    const drained = new Promise<boolean>((resolve) => {
      socket.once('drain', () => resolve(true));
    });
    const stuck = new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), 500);
    });
    return await Promise.race([drained, stuck]);
  };
  // The monitor stops reading, so this ends.
  for (let isRead = true; isRead && id < 200_000; id += 1) {
    if (!socket.write(encodeControl('request', { id: id + 1, method: 'status', params: {} })))
      isRead = await drain();
  }
  assert.ok(id < 100_000, `${id} requests were taken`);
  await monitor.ask('status');
});

test('a connection that streams takes no other request', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  const client = await monitor.attach();
  const answer = await client.ask('status');
  assert.ok(
    !answer.ok && answer.error.message === 'Cannot take the request "status": the connection is in use',
  );
});

test('what needs a machine that runs is refused without one', async (context) => {
  const monitor = await startMonitor(context, { workloads: [['sleep']] });
  for (const [method, params] of [
    ['exec', { args: ['exit'] }],
    ['guest', { method: 'ping', params: {} }],
    ['copy-in', { path: '/' }],
    ['watch-metrics', { intervalMs: 1000 }],
  ] as const) {
    const client: MonitorClient = await monitor.connect();
    const answer = await client.ask(method, params);
    assert.ok(!answer.ok && answer.error.code === 'vm', method);
    assert.match(answer.error.message, /the machine is not running$/);
    client.close();
  }
  // These have nothing to do.
  await monitor.ask('stop');
  await monitor.ask('destroy');
});
