import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { awaitExec, readHandshake } from '../../../../init/container/handshake.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { settlePromises } from '../../../support/guest-channel.ts';

const warning = 1;
const failure = 2;
const executing = 3;
const waiting = 5;

const record = (kind: number, operation: number, errno: number): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(kind, 0);
  bytes.writeUInt32LE(operation, 4);
  bytes.writeUInt32LE(errno, 8);
  return bytes;
};

interface Pipe {
  native: FakeNative;
  readFd: number;
  /** Writes what the child says and lets init read it. */
  say: (bytes: Uint8Array) => void;
  end: () => void;
}

function openPipe(context: TestContext): Pipe {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const { readFd, writeFd } = native.makePipe();
  return {
    native,
    readFd,
    say: (bytes) => {
      native.writeSome(writeFd, bytes);
      native.settle();
    },
    end: () => {
      native.closeFd(writeFd);
      native.settle();
    },
  };
}

test('readHandshake() waits for the end and closes the pipe', async (context) => {
  const { native, readFd, say, end } = openPipe(context);
  const { outcome: handshake } = readHandshake(native, readFd);
  say(record(executing, 5, 0));
  assert.equal(native.isOpen(readFd), true);
  end();
  assert.deepEqual(await handshake, { state: 'executed', warnings: [] });
  assert.equal(native.isOpen(readFd), false);
});

test('readHandshake() joins records that come in pieces', async (context) => {
  const { native, readFd, say, end } = openPipe(context);
  const { outcome: handshake } = readHandshake(native, readFd);
  const bytes = Buffer.concat([record(warning, 1, 30), record(failure, 2, 13)]);
  for (let at = 0; at < bytes.length; at += 5) say(bytes.subarray(at, at + 5));
  end();
  assert.deepEqual(await handshake, {
    state: 'failed',
    failure: { operation: 2, errno: 13 },
    warnings: [{ operation: 1, errno: 30 }],
  });
});

test('readHandshake() tells a child that died without a word', async (context) => {
  const { native, readFd, end } = openPipe(context);
  const { outcome: handshake } = readHandshake(native, readFd);
  end();
  assert.deepEqual(await handshake, { state: 'died', warnings: [] });
});

test('readHandshake() rejects bytes that no child writes', async (context) => {
  const { native, readFd, say, end } = openPipe(context);
  const { outcome: handshake } = readHandshake(native, readFd);
  say(Buffer.from('garbage'));
  end();
  await assert.rejects(handshake, { name: 'RangeError' });
});

test('readHandshake() stops at 64 KiB', async (context) => {
  const { native, readFd, say } = openPipe(context);
  const { outcome: handshake } = readHandshake(native, readFd);
  say(Buffer.alloc(64 * 1024));
  await assert.rejects(handshake, { name: 'RangeError' });
  assert.equal(native.isOpen(readFd), false);
});

test('awaitExec() gives what the child said', async (context) => {
  const { native, readFd, say, end } = openPipe(context);
  const handshake = awaitExec(native, readFd, 'run');
  say(record(executing, 5, 0));
  end();
  assert.deepEqual(await handshake, { state: 'executed', warnings: [] });
});

test('awaitExec() does not wait for ever for a child that hangs in the kernel', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { native, readFd } = openPipe(context);
  const refused = assert.rejects(awaitExec(native, readFd, 'run'), {
    code: 'timeout',
    message: 'Cannot start "run": it was not executed within 60 s',
  });
  context.mock.timers.tick(60_000);
  await refused;
  assert.equal(native.isOpen(readFd), false);
});

test('readHandshake() lets a child go on when the parent is done with it', async (context) => {
  const { native, readFd, say, end } = openPipe(context);
  const stages: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { outcome } = readHandshake(native, readFd, async (stage) => {
    stages.push(stage);
    await promise;
  });
  say(record(waiting, 3, 2));
  await settlePromises();
  assert.deepEqual([stages, native.continued], [[2], []]);
  resolve();
  await settlePromises();
  assert.deepEqual(native.continued, [readFd]);
  say(record(executing, 5, 0));
  end();
  assert.deepEqual(await outcome, { state: 'executed', warnings: [] });
});

test('readHandshake() lets a child go on at once that waits for nobody', async (context) => {
  const { native, readFd, say, end } = openPipe(context);
  const { outcome } = readHandshake(native, readFd);
  say(Buffer.concat([record(warning, 1, 30), record(waiting, 3, 1)]));
  await settlePromises();
  assert.deepEqual(native.continued, [readFd]);
  say(record(waiting, 4, 2));
  await settlePromises();
  assert.deepEqual(native.continued, [readFd, readFd]);
  end();
  assert.deepEqual(await outcome, { state: 'died', warnings: [{ operation: 1, errno: 30 }] });
});

test('readHandshake() closes the socket, which ends the child, when the parent throws', async (context) => {
  const { native, readFd, say } = openPipe(context);
  const { outcome } = readHandshake(native, readFd, () => Promise.reject(new Error('no')));
  say(record(waiting, 3, 1));
  await assert.rejects(outcome, { message: 'no' });
  assert.equal(native.isOpen(readFd), false);
  assert.deepEqual(native.continued, []);
});

test('readHandshake() does not let a child go on that has ended while it waited', async (context) => {
  const { native, readFd, say, end } = openPipe(context);
  const { promise, resolve } = Promise.withResolvers<void>();
  const { outcome } = readHandshake(native, readFd, () => promise);
  say(record(waiting, 3, 1));
  end();
  assert.deepEqual(await outcome, { state: 'died', warnings: [] });
  resolve();
  await settlePromises();
  assert.deepEqual(native.continued, []);
});

test('abandon() closes the socket once, and nothing is said any more', async (context) => {
  const { native, readFd } = openPipe(context);
  const { outcome, abandon } = readHandshake(native, readFd);
  let isSettled = false;
  void outcome.finally(() => (isSettled = true));
  abandon();
  abandon();
  await settlePromises();
  assert.deepEqual([native.isOpen(readFd), isSettled], [false, false]);
});

interface Waiting extends Pipe {
  /** The child goes on. */
  letGoOn: () => Promise<void>;
  outcome: Promise<string>;
}

/** A child that waits, with a second in which it must have executed its program. */
async function openWaiting(context: TestContext): Promise<Waiting> {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const pipe = openPipe(context);
  const { promise, resolve } = Promise.withResolvers<void>();
  const outcome = awaitExec(pipe.native, pipe.readFd, 'run', { deadlineMs: 1000, onWaiting: () => promise });
  context.mock.timers.tick(999);
  pipe.say(record(waiting, 3, 1));
  await settlePromises();
  return {
    ...pipe,
    letGoOn: async () => {
      resolve();
      await settlePromises();
    },
    outcome: outcome.then(
      ({ state }) => state,
      (error: Error) => error.message,
    ),
  };
}

test('awaitExec() does not count the time in which the child waits, and begins anew behind it', async (context) => {
  const { say, end, letGoOn, outcome } = await openWaiting(context);
  context.mock.timers.tick(3_600_000);
  await letGoOn();
  context.mock.timers.tick(999);
  say(record(executing, 5, 0));
  end();
  assert.equal(await outcome, 'executed');
});

test('awaitExec() does not wait for ever for a child that has gone on', async (context) => {
  const { native, readFd, letGoOn, outcome } = await openWaiting(context);
  await letGoOn();
  context.mock.timers.tick(1000);
  assert.equal(await outcome, 'Cannot start "run": it was not executed within 1 s');
  assert.equal(native.isOpen(readFd), false);
});

test('awaitExec() waits for what it was doing for a child that has ended meanwhile', async (context) => {
  const { end, letGoOn, outcome } = await openWaiting(context);
  let isSettled = false;
  void outcome.then(() => (isSettled = true));
  end();
  await settlePromises();
  assert.equal(isSettled, false, 'a hook that runs may still use what the child had');
  await letGoOn();
  assert.equal(await outcome, 'died');
});
