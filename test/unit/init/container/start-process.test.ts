import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type ProcessStart, startProcess } from '../../../../init/container/start-process.ts';
import { openDetached } from '../../../../init/container/stdio.ts';
import { type FakeChildren, openFakeChildren, rest, trivialPlan } from '../../../support/fake-children.ts';

function start(guest: FakeChildren, changes: { deadlineMs?: number } = {}): Promise<ProcessStart> {
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
