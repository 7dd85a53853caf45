import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ReapedChild } from '../../../../addon/native.ts';
import type { ContainerCgroup } from '../../../../init/container/cgroup.ts';
import { Container } from '../../../../init/container/container.ts';
import { closeChildEnds, openStdio, type Stdio } from '../../../../init/container/stdio.ts';
import { Reaper } from '../../../../init/supervision/reaper.ts';
import { type GuestChannel, openGuestChannel, settlePromises } from '../../../support/guest-channel.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

interface Running extends GuestChannel {
  container: Container;
  stdio: Stdio;
  /** The workload's ends of its streams, 0 to 2. */
  ends: number[];
  kills: () => number;
  exit: (child: ReapedChild) => void;
}

function runContainer(context: TestContext, wantsStdin = false): Running {
  const guest = openGuestChannel(context);
  const { log } = makeRecordingLog();
  const stdio = openStdio(guest.native, guest.channel, wantsStdin);
  const child = guest.native.spawn(new Uint8Array(), { namespaces: 0, cgroupFd: -1 });
  const { promise, resolve } = Promise.withResolvers<ReapedChild>();
  let kills = 0;
  const cgroup = {
    kill: () => {
      kills += 1;
      return true;
    },
    remove: () => Promise.resolve(),
  } as unknown as ContainerCgroup;
  const reaper = new Reaper(guest.native, log);
  context.after(() => process.removeAllListeners('SIGCHLD'));
  const container = new Container({ native: guest.native, log, reaper }, child, promise, cgroup, stdio);
  return {
    ...guest,
    container,
    stdio,
    ends: stdio.childEnds.map((end) => end.fd),
    kills: () => kills,
    exit: resolve,
  };
}

test('stop() signals the first process and kills all when the grace is over', (context) => {
  const { native, container, kills } = runContainer(context);
  assert.equal(container.stop(15, 1000), true);
  assert.equal(container.stopping, true);
  assert.deepEqual(
    native.signals.map((one) => one.signal),
    [15],
  );
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
  const { native, host, container, stdio, exit, kills } = runContainer(context);
  host.hello('a');
  container.startOutput();
  closeChildEnds(stdio);
  host.credit(2, 100);
  host.credit(3, 100);
  const ended = container.ended();
  exit({ state: 'exited', pid: container.pid, code: 0 });
  await ended;
  assert.equal(container.stop(15, 0), false);
  assert.equal(container.signal(15), false);
  assert.deepEqual(native.signals, []);
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

test('ended() comes after the last output, which a grandchild delays by half a second at most', async (context) => {
  const { native, host, container, stdio, ends, exit } = runContainer(context);
  host.hello('a');
  host.credit(2, 100);
  host.credit(3, 100);
  container.startOutput();
  native.writeSome(ends[1] ?? -1, Buffer.from('last words'));
  const outcomes: ReapedChild[] = [];
  void container.ended().then((child) => outcomes.push(child));
  exit({ state: 'exited', pid: container.pid, code: 3 });
  await settlePromises();
  host.settle();
  context.mock.timers.tick(500);
  await settlePromises();
  assert.deepEqual(outcomes, [], 'output came in this time');
  context.mock.timers.tick(500);
  await settlePromises();
  assert.deepEqual(outcomes, [{ state: 'exited', pid: container.pid, code: 3 }]);
  assert.ok(host.takeStreamFrames().some((frame) => frame.bytes.toString() === 'last words'));
  closeChildEnds(stdio);
});

test('ended() comes at once when every writer is gone, and kills what the process left behind', async (context) => {
  const { native, host, container, stdio, exit, kills } = runContainer(context, true);
  host.hello('a');
  host.credit(2, 100);
  host.credit(3, 100);
  container.startOutput();
  closeChildEnds(stdio);
  host.settle();
  const ended = container.ended();
  exit({ state: 'exited', pid: container.pid, code: 0 });
  assert.deepEqual(await ended, { state: 'exited', pid: container.pid, code: 0 });
  assert.equal(kills(), 1);
  native.settle();
});

test('ended() cancels the kill that a stop has planned', async (context) => {
  const { host, container, stdio, exit, kills } = runContainer(context);
  host.hello('a');
  host.credit(2, 100);
  host.credit(3, 100);
  container.startOutput();
  closeChildEnds(stdio);
  host.settle();
  container.stop(15, 1000);
  exit({ state: 'exited', pid: container.pid, code: 0 });
  await container.ended();
  context.mock.timers.tick(5000);
  assert.equal(kills(), 1, 'the one of the end itself');
});

test('openStdio() gives a workload without stdin /dev/null, and pipes for the rest', (context) => {
  const { stdio } = runContainer(context, false);
  assert.deepEqual(
    stdio.childEnds.map((end) => end.isPipe),
    [false, true, true],
  );
  assert.equal(stdio.input, undefined);
  closeChildEnds(stdio);
});

test('openStdio() carries stdin of the host into the pipe of the child', (context) => {
  const { native, host, ends, stdio } = runContainer(context, true);
  assert.deepEqual(
    stdio.childEnds.map((end) => end.isPipe),
    [true, true, true],
  );
  host.hello('a');
  host.data(1, 0, 'input');
  const buffer = Buffer.alloc(100);
  const length = native.readSome(ends[0] ?? -1, buffer);
  assert.equal(buffer.toString('utf8', 0, length), 'input');
  closeChildEnds(stdio);
});
