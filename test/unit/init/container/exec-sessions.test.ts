import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ExecParams, type ExecStarted } from '../../../../protocol/messages.ts';
import { maxExecSessions } from '../../../../protocol/limits.ts';
import type { ExecSessions } from '../../../../init/container/exec-sessions.ts';
import { openDetached } from '../../../../init/container/stdio.ts';
import { type FakeChildren, openFakeExecs, rest } from '../../../support/fake-children.ts';

const params = (changes: object = {}): ExecParams => ExecParams.parse({ args: ['run'], ...changes });

async function start(guest: FakeChildren, execs: ExecSessions, changes: object = {}): Promise<ExecStarted> {
  const started = execs.start(params(changes), 1000);
  started.catch(() => {});
  await rest(guest);
  return started;
}

const openFds = (): number => readdirSync('/proc/self/fd').length;
const exits = (guest: FakeChildren): unknown[] =>
  guest.host
    .takeMessages('event')
    .map(({ sequence: _sequence, timeMs: _timeMs, ...body }) => body)
    .filter((body) => body.event === 'exec-exit');

test('start() spawns into the cgroup for execs and the pid namespace of the container', async (context) => {
  const { guest, execs } = openFakeExecs(context, { pidfd: 55 });
  const started = await start(guest, execs);
  assert.deepEqual(guest.native.spawns, [{ namespaces: 0, cgroupFd: 77, pidNamespaceFd: 55 }]);
  assert.deepEqual(started, { exec: 1, pid: 101, streams: { stdout: 16, stderr: 17 } });
  assert.deepEqual(execs.list(), [started]);
});

test('start() gives stdin a stream of its own only when asked', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const { streams } = await start(guest, execs, { stdin: true });
  assert.deepEqual(streams, { stdin: 16, stdout: 17, stderr: 18 });
});

test('start() gives no streams to one that is detached, whatever else it asks for', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const terminal = { rows: 1, columns: 1 };
  const { streams } = await start(guest, execs, { stdin: true, terminal, detach: true });
  assert.deepEqual(streams, {});
  assert.deepEqual(guest.native.terminals, []);
});

test('start() opens a terminal of the size that was asked for', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const { streams } = await start(guest, execs, { terminal: { rows: 30, columns: 90 } });
  assert.deepEqual(streams, { stdout: 16 });
  assert.deepEqual(
    guest.native.terminalSizes.map(({ rows, columns }) => [rows, columns]),
    [[30, 90]],
  );
  const [terminal] = guest.native.terminals;
  assert.equal(guest.native.isOpen(terminal?.inputFd ?? -1), false, 'nobody types');
  assert.equal(guest.native.isOpen(terminal?.slaveFd ?? -1), false, 'the child has it');
});

test('an exec that ends is announced after its output, and nothing of it stays', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const before = openFds();
  const { exec, pid, streams } = await start(guest, execs, { stdin: true });
  for (const stream of [streams.stdout, streams.stderr]) guest.host.credit(stream ?? -1, 100);
  guest.end({ pid, code: 7 });
  await rest(guest);
  assert.deepEqual(exits(guest), [{ event: 'exec-exit', exec, reason: 'exited', code: 7 }]);
  assert.deepEqual(execs.list(), []);
  assert.equal(execs.find(exec), undefined);
  context.mock.timers.tick(500);
  assert.equal(openFds(), before);
});

test('an exec that a signal ended says so', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const { exec, pid } = await start(guest, execs, { detach: true });
  guest.end({ pid, signal: 15 });
  await rest(guest);
  assert.deepEqual(exits(guest), [{ event: 'exec-exit', exec, reason: 'signaled', code: 143, signal: 15 }]);
});

test('an exec that the kernel killed for memory says so', async (context) => {
  let kills = 3;
  const { guest, execs } = openFakeExecs(context, { oomKills: () => kills });
  const { exec, pid } = await start(guest, execs, { detach: true });
  kills += 1;
  guest.end({ pid, signal: 9 });
  await rest(guest);
  assert.deepEqual(exits(guest), [{ event: 'exec-exit', exec, reason: 'oom', code: 137, signal: 9 }]);
});

test('an exec that ends before the answer to its request is announced after it', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  guest.silent = true;
  const order: string[] = [];
  const answered = execs.start(params({ detach: true }), 1000).then(() => order.push('answer'));
  const announce = guest.channel.announce.bind(guest.channel);
  context.mock.method(guest.channel, 'announce', (body: { event: string }) => {
    order.push(body.event);
    announce(body);
  });
  const pid = guest.children[0]?.pid ?? 0;
  guest.end({ pid, code: 0 });
  guest.speak(pid);
  await rest(guest);
  await answered;
  assert.deepEqual(order, ['answer', 'exec-exit']);
});

test('start() tells what an exec failed at, and nothing of it stays', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const before = openFds();
  guest.handshakes.push([['failed', 0, 13]]);
  const refused = assert.rejects(execs.start(params({ stdin: true }), 1000), {
    name: 'RequestRefusal',
    code: 'failed',
    details: { failed: { operation: 'PR_SET_DUMPABLE', errno: 'EACCES' }, exitCode: 125 },
  });
  await rest(guest);
  guest.end({ pid: 101, code: 125 });
  await refused;
  await rest(guest);
  assert.deepEqual(exits(guest), []);
  assert.deepEqual(execs.list(), []);
  assert.equal(openFds(), before);
});

test('start() tells of a child that died before it could say anything', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  guest.handshakes.push([]);
  const refused = assert.rejects(execs.start(params(), 1000), {
    code: 'failed',
    message: 'Cannot start "run": the process ended by signal 9 before it could execute it',
  });
  await rest(guest);
  guest.end({ pid: 101, signal: 9 });
  await refused;
});

test('start() leaves nothing when there can be no child', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const before = openFds();
  context.mock.method(guest.native, 'spawn', () => {
    throw Object.assign(new Error('EAGAIN: clone3'), { code: 'EAGAIN', errno: 11, syscall: 'clone3' });
  });
  await assert.rejects(execs.start(params({ stdin: true, terminal: { rows: 1, columns: 1 } }), 1000), {
    details: { failed: { operation: 'clone3', errno: 'EAGAIN' }, exitCode: 125 },
  });
  assert.equal(openFds(), before);
});

test('start() kills what has not executed its program in time', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  guest.silent = true;
  const before = openFds();
  const refused = assert.rejects(execs.start(params(), 1000), { code: 'deadline' });
  await rest(guest);
  context.mock.timers.tick(1000);
  await refused;
  assert.deepEqual(
    guest.native.signals.map(({ signal }) => signal),
    [9],
  );
  guest.end({ pid: 101, signal: 9 });
  await rest(guest);
  assert.deepEqual(exits(guest), [], 'nobody has been told its number');
  assert.equal(openFds(), before + 1, 'the end of the handshake that the child has');
});

test('start() looks the user up in the container as it is', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  await start(guest, execs, { user: 'app', detach: true });
  assert.ok(Buffer.from(guest.native.plans.at(-1) ?? []).includes('HOME=/home/app'));
  await assert.rejects(execs.start(params({ user: 'nosuch' }), 1000), {
    code: 'failed',
    details: { exitCode: 126 },
  });
});

test('start() refuses more than there may be, ended ones with output included', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  guest.silent = true;
  const all = Array.from({ length: maxExecSessions }, () => execs.start(params({ detach: true }), 1000));
  for (const one of all) one.catch(() => {});
  await assert.rejects(execs.start(params(), 1000), { code: 'busy' });
  for (const { pid } of guest.children) guest.speak(pid);
  await rest(guest);
  await Promise.all(all);
  assert.equal(execs.list().length, maxExecSessions);
  await assert.rejects(execs.start(params(), 1000), { code: 'busy' });
  guest.end({ pid: 101, code: 0 });
  await rest(guest);
  guest.silent = false;
  await start(guest, execs, { detach: true });
});

test('close() resolves when the exits of all have been announced, and starts no more', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const { exec, pid } = await start(guest, execs, { detach: true });
  const closed = execs.close().then(() => exits(guest));
  await assert.rejects(execs.start(params(), 1000), { code: 'not-found' });
  guest.end({ pid, signal: 9 });
  await rest(guest);
  assert.deepEqual(await closed, [{ event: 'exec-exit', exec, reason: 'signaled', code: 137, signal: 9 }]);
});

test('close() resolves at once when there are none', async (context) => {
  const { execs } = openFakeExecs(context);
  await execs.close();
});

test('close() waits for one that is just being started', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  guest.silent = true;
  guest.handshakes.push([]);
  const refused = assert.rejects(execs.start(params({ detach: true }), 1000), { code: 'failed' });
  let isClosed = false;
  const closed = execs.close().then(() => (isClosed = true));
  await rest(guest);
  assert.equal(isClosed, false);
  guest.speak(101);
  guest.end({ pid: 101, signal: 9 });
  await rest(guest);
  await Promise.all([refused, closed]);
});

test('close() does not wait for ever for a host that does not read', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const pipes = guest.recordPipes();
  guest.onSpawn = () => guest.native.writeSome(pipes[0]?.writeFd ?? -1, Buffer.from('unread'));
  const { pid } = await start(guest, execs);
  let isClosed = false;
  const closed = execs.close().then(() => (isClosed = true));
  guest.end({ pid, signal: 9 });
  await rest(guest);
  context.mock.timers.tick(4_999);
  await rest(guest);
  assert.equal(isClosed, false);
  context.mock.timers.tick(1);
  await rest(guest);
  await closed;
});

test('startUnlisted() starts a process that has no number, no place and no event', async (context) => {
  const { guest, execs } = openFakeExecs(context);
  const before = openFds();
  const started = execs.startUnlisted(params(), 1000, () => openDetached(guest.native));
  await rest(guest);
  const process = await started;
  assert.deepEqual(execs.list(), []);
  assert.equal(execs.find(1), undefined);
  guest.end({ pid: process.pid, code: 0 });
  await rest(guest);
  process.close();
  assert.deepEqual(exits(guest), []);
  await execs.close();
  assert.equal(openFds(), before);
});

test('startUnlisted() opens no streams once the container has ended', async (context) => {
  const { execs } = openFakeExecs(context);
  await execs.close();
  const refused = execs.startUnlisted(params(), 1000, () => assert.fail('streams were opened'));
  await assert.rejects(refused, { code: 'not-found' });
});
