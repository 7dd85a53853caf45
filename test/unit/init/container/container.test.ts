import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ReapedChild } from '../../../../addon/native.ts';
import { Container } from '../../../../init/container/container.ts';
import { ExecSessions } from '../../../../init/container/exec-sessions.ts';
import { type ProcessEnd } from '../../../../init/container/process-end.ts';
import { RunningProcess } from '../../../../init/container/running-process.ts';
import { openPipes } from '../../../../init/container/stdio.ts';
import { ExecParams } from '../../../../protocol/messages.ts';
import {
  type FakeChildren,
  fakeContainerRoot,
  fakeSite,
  openFakeChildren,
  rest,
} from '../../../support/fake-children.ts';
import { settlePromises } from '../../../support/guest-channel.ts';

interface Running extends FakeChildren {
  container: Container;
  /** The workload's ends of its output. */
  ends: number[];
  kills: () => number;
  released: string[];
  exit: (child: ReapedChild) => void;
}

function runContainer(context: TestContext): Running {
  const guest = openFakeChildren(context);
  fakeContainerRoot(context, guest);
  const { native, channel, dependencies } = guest;
  const stdio = openPipes(native, channel, { streams: { stdin: 1, stdout: 2, stderr: 3 } });
  const { promise, resolve } = Promise.withResolvers<ReapedChild>();
  const child = { pid: 90, pidfd: native.makePipe().readFd };
  const main = new RunningProcess(native, { child, exit: promise, stdio, oomKills: () => 0 });
  const execs = new ExecSessions(dependencies, channel, fakeSite(guest));
  let kills = 0;
  const released: string[] = [];
  const cgroup = {
    path: '/sys/fs/cgroup/containers/main',
    kill: () => {
      kills += 1;
      return true;
    },
    remove: () => Promise.resolve(void released.push('cgroup')),
    closeFds: () => void released.push('fds'),
  };
  const oomWatch = { close: () => void released.push('watch') };
  const hooks = { runAfterStop: () => Promise.resolve(void released.push('hooks')) };
  const container = new Container(dependencies, { id: 'main', main, execs, cgroup, oomWatch, hooks });
  assert.ok(stdio.child.kind === 'descriptors');
  const ends = stdio.child.ends.map((end) => end.fd);
  guest.host.credit(2, 100);
  guest.host.credit(3, 100);
  stdio.startOutput();
  return { ...guest, container, ends, kills: () => kills, released, exit: resolve };
}

const exited = (code: number): ReapedChild => ({ state: 'exited', pid: 90, code });
const signalsOf = ({ native }: Running): number[] => native.signals.map(({ signal }) => signal);

test('stop() signals the first process and kills all when the grace is over', (context) => {
  const guest = runContainer(context);
  const { container, kills } = guest;
  assert.equal(container.stop(15, 1000), true);
  assert.equal(container.stopping, true);
  assert.deepEqual(signalsOf(guest), [15]);
  context.mock.timers.tick(999);
  assert.equal(kills(), 0);
  context.mock.timers.tick(1);
  assert.equal(kills(), 1);
});

test('stop() without a grace kills at once', (context) => {
  const { container, kills } = runContainer(context);
  container.stop(15, 0);
  assert.equal(kills(), 1);
});

test('stop() asked again kills at the earlier of both times', (context) => {
  const { container, kills } = runContainer(context);
  container.stop(15, 60_000);
  container.stop(2, 10);
  context.mock.timers.tick(10);
  assert.equal(kills(), 1);
  context.mock.timers.tick(60_000);
  assert.equal(kills(), 1);
});

test('stop() asked again and again does not put off the kill', (context) => {
  const { container, kills } = runContainer(context);
  for (let second = 0; second < 10; second += 1) {
    container.stop(15, 10_000);
    context.mock.timers.tick(1000);
  }
  assert.equal(kills(), 1);
});

test('stop() says false after the end, when the descriptor may be another process already', async (context) => {
  const guest = runContainer(context);
  const { container, exit, kills } = guest;
  container.main.stdio.closeChildEnds();
  exit(exited(0));
  await rest(guest);
  await container.ended();
  assert.equal(container.stop(15, 0), false);
  assert.equal(container.running, false);
  assert.deepEqual(signalsOf(guest), []);
  assert.equal(kills(), 1, 'the one of the end itself');
});

test('stop() says false once the process is gone', (context) => {
  const { native, container, kills } = runContainer(context);
  context.mock.method(native, 'signalPidfd', () => {
    throw Object.assign(new Error('ESRCH'), { code: 'ESRCH' });
  });
  assert.equal(container.stop(15, 0), false);
  assert.equal(container.stopping, false);
  assert.equal(kills(), 0);
});

test('a container that its stop has killed did not die of memory', async (context) => {
  const guest = runContainer(context);
  guest.container.main.stdio.closeChildEnds();
  guest.container.stop(15, 0);
  guest.exit({ state: 'signaled', pid: 90, signal: 9, coreDumped: false });
  await rest(guest);
  assert.equal((await guest.container.ended()).reason, 'signaled');
});

test('ended() comes after the last output, which a grandchild delays by half a second at most', async (context) => {
  const guest = runContainer(context);
  const { native, host, container, ends, exit } = guest;
  native.writeSome(ends[1] ?? -1, Buffer.from('last words'));
  const outcomes: ProcessEnd[] = [];
  void container.ended().then((end) => outcomes.push(end));
  exit(exited(3));
  await rest(guest);
  context.mock.timers.tick(499);
  await settlePromises();
  assert.deepEqual(outcomes, [], 'the pipes are still held');
  context.mock.timers.tick(1);
  await rest(guest);
  assert.deepEqual(outcomes, [{ reason: 'exited', code: 3 }]);
  assert.ok(host.takeStreamFrames().some((frame) => frame.bytes.toString() === 'last words'));
  container.main.stdio.closeChildEnds();
});

test('ended() comes at once when every writer is gone, kills what is left and lets go of all', async (context) => {
  const guest = runContainer(context);
  const { container, native, exit, kills, released } = guest;
  container.main.stdio.closeChildEnds();
  exit(exited(0));
  await rest(guest);
  assert.deepEqual(await container.ended(), { reason: 'exited', code: 0 });
  assert.equal(kills(), 1);
  assert.deepEqual(released, ['watch', 'fds', 'cgroup', 'hooks']);
  assert.equal(native.isOpen(container.main.pidfd), false);
});

test('ended() cancels the kill that a stop has planned', async (context) => {
  const guest = runContainer(context);
  const { container, exit, kills } = guest;
  container.main.stdio.closeChildEnds();
  container.stop(15, 1000);
  exit(exited(0));
  await rest(guest);
  await container.ended();
  context.mock.timers.tick(5000);
  assert.equal(kills(), 1, 'the one of the end itself');
});

test('ended() comes after the exits of all execs have been announced', async (context) => {
  const guest = runContainer(context);
  const { container, host, exit } = guest;
  const started = container.execs.start(ExecParams.parse({ args: ['run'], detach: true }), 1000);
  await rest(guest);
  const { pid } = await started;
  container.main.stdio.closeChildEnds();
  exit(exited(0));
  let isOver = false;
  const ended = container.ended().then(() => (isOver = true));
  await rest(guest);
  assert.equal(isOver, false);
  host.takeFrames();
  guest.end({ pid, signal: 9 });
  await rest(guest);
  await ended;
  assert.deepEqual(
    host.takeMessages('event').map(({ event }) => event),
    ['exec-exit'],
  );
});

test('ended() comes half a minute after a kill that does not end the container, and counts it as killed', async (context) => {
  const guest = runContainer(context);
  const { container } = guest;
  const started = container.execs.start(ExecParams.parse({ args: ['run'], detach: true }), 1000);
  await rest(guest);
  await started;
  container.stop(15, 1000);
  context.mock.timers.tick(1000);
  const outcomes: ProcessEnd[] = [];
  void container.ended().then((end) => outcomes.push(end));
  context.mock.timers.tick(29_999);
  await rest(guest);
  assert.deepEqual([outcomes, container.running], [[], true]);
  context.mock.timers.tick(1);
  await rest(guest);
  assert.equal(container.running, false);
  assert.equal(container.stop(15, 0), false);
  for (const waitMs of [500, 10_000]) {
    context.mock.timers.tick(waitMs);
    await rest(guest);
  }
  assert.deepEqual(outcomes, [{ reason: 'signaled', code: 137, signal: 9 }]);
  container.main.stdio.closeChildEnds();
});

test('ended() warns of a cgroup that stays', async (context) => {
  const guest = openFakeChildren(context);
  const { native, dependencies, channel } = guest;
  const stdio = openPipes(native, channel, { streams: { stdout: 2, stderr: 3 } });
  const main = new RunningProcess(native, {
    child: { pid: 90, pidfd: native.makePipe().readFd },
    exit: Promise.resolve(exited(0)),
    stdio,
    oomKills: () => 0,
  });
  stdio.closeChildEnds();
  stdio.startOutput();
  guest.host.credit(2, 1);
  guest.host.credit(3, 1);
  const warn = context.mock.method(dependencies.log, 'warn', () => {});
  const container = new Container(dependencies, {
    id: 'main',
    main,
    execs: new ExecSessions(dependencies, channel, fakeSite(guest)),
    cgroup: {
      path: '/x',
      kill: () => true,
      remove: () => Promise.reject(new Error('EBUSY')),
      closeFds: () => {},
    },
    oomWatch: { close: () => {} },
    hooks: { runAfterStop: () => Promise.resolve() },
  });
  await rest(guest);
  assert.deepEqual(await container.ended(), { reason: 'exited', code: 0 });
  assert.equal(warn.mock.callCount(), 1);
});
