import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { awaitExec, readHandshake } from '../../../../init/container/handshake.ts';
import { FakeNative } from '../../../support/fake-native.ts';

const warning = 1;
const failure = 2;
const executing = 3;

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
