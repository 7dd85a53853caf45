import assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import {
  type ProcessStart,
  type StartOrder,
  startProcess,
} from '../../../../init/container/start-process.ts';
import { openDetached } from '../../../../init/container/stdio.ts';
import { type FakeChildren, openFakeChildren, rest, trivialPlan } from '../../../support/fake-children.ts';

function start(guest: FakeChildren, changes: Partial<StartOrder> = {}): Promise<ProcessStart> {
  const { native } = guest;
  return startProcess(guest.dependencies, {
    plan: trivialPlan(),
    spawn: { namespaces: 0, cgroupFd: -1 },
    stdio: openDetached(native),
    command: 'run',
    oomKills: () => 0,
    ...changes,
  });
}

async function startRunning(context: TestContext) {
  const guest = openFakeChildren(context);
  const started = start(guest);
  await rest(guest);
  const result = await started;
  assert.ok(result.state === 'running');
  return { guest, process: result.process };
}

test('startProcess() gives a process once its program has taken over', async (context) => {
  const { guest, process } = await startRunning(context);
  assert.equal(process.pid, 101);
  assert.equal(process.reaped, false);
  guest.end({ pid: 101, code: 4 });
  assert.deepEqual(await process.ended, { reason: 'exited', code: 4 });
  assert.equal(process.reaped, true);
});

test('startProcess() explains a program that could not be executed, when the child has been reaped', async (context) => {
  const guest = openFakeChildren(context);
  guest.handshakes.push([
    ['executing', 0, 0],
    ['failed', 0, 2],
  ]);
  const started = start(guest);
  await rest(guest);
  guest.end({ pid: 101, code: 125 });
  const result = await started;
  assert.ok(result.state === 'not-started');
  assert.deepEqual(
    [result.failure.code, result.failure.failed],
    [127, { operation: 'execve', errno: 'ENOENT' }],
  );
});

test('startProcess() gives up on a child that says nothing, and kills it', async (context) => {
  const guest = openFakeChildren(context);
  guest.silent = true;
  const refused = assert.rejects(start(guest, { deadlineMs: 1500 }), {
    code: 'timeout',
    message: 'Cannot start "run": it was not executed within 1.5 s',
  });
  await rest(guest);
  context.mock.timers.tick(1500);
  await refused;
  assert.deepEqual(
    guest.native.signals.map(({ signal }) => signal),
    [9],
  );
});

/** Starts a child that waits once, for what `onWaiting` does. */
function startWaiting(
  context: TestContext,
  onWaiting: NonNullable<StartOrder['onWaiting']>,
): { guest: FakeChildren; started: Promise<ProcessStart> } {
  const guest = openFakeChildren(context);
  guest.handshakes.push([
    ['waiting', 0, 2],
    ['executing', 0, 0],
  ]);
  return { guest, started: start(guest, { deadlineMs: 1000, onWaiting }) };
}

test('startProcess() serves a child that waits, then lets it go on', async (context) => {
  const served: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { guest, started } = startWaiting(context, async (stage, { pid, pidfd }) => {
    served.push([stage, pid, guest.children[0]?.pidfd === pidfd]);
    await promise;
  });
  await rest(guest);
  context.mock.timers.tick(60_000);
  assert.deepEqual([served, guest.native.continued], [[[2, 101, true]], []]);
  resolve();
  await rest(guest);
  assert.equal((await started).state, 'running');
  assert.equal(guest.native.continued.length, 1);
});

test('startProcess() kills a child that is held back, and tells what for', async (context) => {
  const { guest, started } = startWaiting(context, () => Promise.reject(new Error('the hook failed')));
  await rest(guest);
  assert.deepEqual(
    guest.native.signals.map(({ signal }) => signal),
    [9],
  );
  let isSettled = false;
  void started.then(() => (isSettled = true));
  await rest(guest);
  assert.equal(isSettled, false, 'it has not been reaped');
  guest.end({ pid: 101, signal: 9 });
  assert.deepEqual(await started, {
    state: 'not-started',
    failure: { code: 125, message: 'the hook failed' },
  });
  const { handshakeFd = -1, pidfd = -1 } = guest.children[0] ?? {};
  for (const fd of [handshakeFd, pidfd]) assert.throws(() => fstatSync(fd), { code: 'EBADF' });
});

test('startProcess() tells of a child that ended while it waited', async (context) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { guest, started } = startWaiting(context, () => promise);
  await rest(guest);
  guest.end({ pid: 101, signal: 9 });
  guest.hangUp(101);
  await rest(guest);
  resolve();
  assert.deepEqual(await started, {
    state: 'not-started',
    failure: {
      code: 125,
      message: 'Cannot start "run": the process ended by signal 9 before it could execute it',
    },
  });
});

test('signal() reaches the process and signalGroup() its group, until it has been reaped', async (context) => {
  const { guest, process } = await startRunning(context);
  const kill = context.mock.method(globalThis.process, 'kill', () => true);
  assert.equal(process.signal(10), true);
  assert.equal(process.signalGroup(12), true);
  guest.end({ pid: 101, code: 0 });
  await process.ended;
  assert.equal(process.signal(10), false);
  assert.equal(process.signalGroup(12), false);
  assert.deepEqual(guest.native.signals, [{ pidfd: process.pidfd, signal: 10 }]);
  assert.deepEqual(
    kill.mock.calls.map((call) => call.arguments),
    [[-101, 12]],
  );
});

test('signal() says no when the process has just gone, and throws what it does not know', async (context) => {
  const { guest, process } = await startRunning(context);
  for (const code of ['ESRCH', 'EPERM']) {
    context.mock.method(guest.native, 'signalPidfd', () => {
      throw Object.assign(new Error(code), { code });
    });
    if (code === 'ESRCH') assert.equal(process.signal(15), false);
    else assert.throws(() => process.signal(15), { code });
  }
});
