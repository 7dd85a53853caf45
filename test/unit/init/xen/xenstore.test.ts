import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { encodeWrite } from '../../../../init/xen/wire.ts';
import { publishExitCode, writeStoreNode } from '../../../../init/xen/xenstore.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const ok = [11, 1, 'OK\0'] as const;

/** A write on a connection whose other end is in the test's hand. */
function openWrite(context: TestContext, deviceBytes = Number.MAX_SAFE_INTEGER) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const native = new FakeNative();
  context.after(() => native.dispose());
  const port = native.openPort();
  port.toHost.capacityBytes = deviceBytes;
  const answer = (type: number, requestId: number, payload: string): void => {
    const words = Uint32Array.of(type, requestId, 0, payload.length);
    port.write(Buffer.concat([new Uint8Array(words.buffer), Buffer.from(payload)]));
    native.settle();
  };
  const written = writeStoreNode(native, port.fd, 1, 'exit-code', '42');
  return { native, port, answer, written, timers: context.mock.timers };
}

test('writeStoreNode() sends at once, for the device never says that it is writable', async (context) => {
  const { native, port, answer, written } = openWrite(context);
  assert.deepEqual(port.read(), encodeWrite(1, 'exit-code', '42'));
  answer(...ok);
  assert.deepEqual(await written, { state: 'written' });
  assert.equal(native.watchedEvents(port.fd), 0);
  assert.equal(native.isOpen(port.fd), true);
});

test('writeStoreNode() sends in pieces what the device does not take at once', async (context) => {
  const { native, port, answer, written } = openWrite(context, 5);
  let sent = '';
  for (let piece = port.read(); piece.length > 0; piece = port.read()) {
    sent += piece.toString('latin1');
    native.settle();
  }
  assert.equal(sent.length, 16 + 'exit-code\x0042'.length);
  answer(...ok);
  await written;
});

test('writeStoreNode() passes over answers to others and reads its own in pieces', async (context) => {
  const { native, port, answer, written } = openWrite(context);
  answer(15, 0, 'watch\0token\0');
  for (const byte of Buffer.from('0b0000000100000000000000030000004f4b00', 'hex')) {
    port.write(Uint8Array.of(byte));
    native.settle();
  }
  await written;
});

test('writeStoreNode() gives what xenstore refuses with', async (context) => {
  const { answer, written } = openWrite(context);
  answer(16, 1, 'EACCES\0');
  assert.deepEqual(await written, { state: 'refused', errnoName: 'EACCES' });
});

test('writeStoreNode() does not wait for ever', async (context) => {
  const { native, port, written, timers } = openWrite(context);
  timers.tick(2000);
  await assert.rejects(written, {
    message: 'Cannot write "exit-code" to xenstore: no answer within 2000 ms',
  });
  assert.equal(native.watchedEvents(port.fd), 0);
});

test('writeStoreNode() throws when the connection ends', async (context) => {
  const { native, port, written } = openWrite(context);
  port.hostPresent = false;
  native.settle();
  await assert.rejects(written, { message: 'Cannot read from xenstore: it closed the connection' });
});

test('writeStoreNode() throws for what is no message', async (context) => {
  const { native, port, written } = openWrite(context);
  port.write(Buffer.alloc(16, 0xff));
  native.settle();
  await assert.rejects(written, { message: 'Cannot read from xenstore: it sent no message' });
});

test('publishExitCode() does nothing on a machine without xenstore', async () => {
  const { log, lines } = makeRecordingLog();
  await publishExitCode(new FakeNative(), log, 0, '/nowhere/xenbus');
  assert.deepEqual(lines, []);
});

test('publishExitCode() never throws', async (context) => {
  const { log, lines } = makeRecordingLog();
  await publishExitCode(new FakeNative(), log, 0, scratchDirectory(context));
  assert.equal(lines[0]?.['level'], 40);
});
