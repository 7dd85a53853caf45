import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import type { FdWatch } from '../../../../addon/native.ts';
import { PowerButtons } from '../../../../init/machine/power-buttons.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { systemError } from '../../../support/kernel-pipes.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { inputEvent } from './input-event-bytes.ts';
import { addKernelFiles, makeKernelTree } from './kernel-tree.ts';

const powerKey = '10000000000000 0\n';

/** Input devices are files here; what they say comes from the test, by descriptor. */
function openButtons(context: TestContext) {
  const root = makeKernelTree(context, {
    'class/event0/device/capabilities/key': powerKey,
    'class/event1/device/capabilities/key': '70000 0 0 0 0\n',
    'class/mouse0/device/capabilities/key': powerKey,
    'class/input0/capabilities/key': powerKey,
    'dev/event0': '',
    'dev/event1': '',
  });
  const native = new FakeNative();
  const callbacks = new Map<number, () => void>();
  context.mock.method(native, 'watchFd', (fd: number, _events: number, callback: () => void): FdWatch => {
    callbacks.set(fd, callback);
    return { update: () => {}, close: () => void callbacks.delete(fd) };
  });
  let pending: Buffer = Buffer.alloc(0);
  context.mock.method(native, 'readSome', (_fd: number, buffer: Uint8Array) => {
    if (pending.length === 0) throw systemError('ENODEV', 19, 'read');
    return pending.copy(buffer);
  });
  const { log, lines } = makeRecordingLog();
  let presses = 0;
  const paths = { classDirectory: `${root}/class`, deviceDirectory: `${root}/dev` };
  const buttons = new PowerButtons(native, log, () => (presses += 1), paths);
  const say = (bytes: Buffer): void => {
    pending = bytes;
    for (const callback of callbacks.values()) callback();
  };
  return { root, buttons, callbacks, lines, say, presses: () => presses };
}

test('scan() opens the devices with a power key, each once', (context) => {
  const { buttons, callbacks, root } = openButtons(context);
  buttons.scan();
  buttons.scan();
  assert.equal(callbacks.size, 1);
  addKernelFiles(root, { 'class/event2/device/capabilities/key': powerKey, 'dev/event2': '' });
  buttons.scan();
  assert.equal(callbacks.size, 2);
});

test('a press of the power key is told, its release is not', (context) => {
  const { buttons, say, presses } = openButtons(context);
  buttons.scan();
  say(inputEvent(1, 116, 1));
  say(inputEvent(1, 116, 0));
  assert.equal(presses(), 1);
});

test('a device that is unplugged is closed, and opened again when it comes back', (context) => {
  const { buttons, callbacks, say, presses } = openButtons(context);
  buttons.scan();
  say(Buffer.alloc(0));
  assert.equal(callbacks.size, 0);
  buttons.scan();
  say(inputEvent(1, 116, 1));
  assert.equal(presses(), 1);
});

test('a device that can not be opened is a warning', (context) => {
  const { buttons, root, lines, callbacks } = openButtons(context);
  addKernelFiles(root, { 'class/event2/device/capabilities/key': powerKey });
  buttons.scan();
  assert.equal(callbacks.size, 1);
  assert.deepEqual(
    lines.map((line) => line['device']),
    ['event2'],
  );
});

test('scan() does not wait for a device that nobody writes to', (context) => {
  const { buttons, root, callbacks } = openButtons(context);
  addKernelFiles(root, { 'class/event2/device/capabilities/key': powerKey });
  execFileSync('mkfifo', [`${root}/dev/event2`]);
  buttons.scan();
  assert.equal(callbacks.size, 2);
});
