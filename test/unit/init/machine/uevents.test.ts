import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { parseUevent, type Uevent, watchUevents } from '../../../../init/machine/uevents.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { systemError } from '../../../support/kernel-pipes.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';

const cpuAdded = [
  'add@/devices/system/cpu/cpu1',
  'ACTION=add',
  'DEVPATH=/devices/system/cpu/cpu1',
  'SUBSYSTEM=cpu',
];

test('parseUevent() reads action, path and subsystem', () => {
  assert.deepEqual(parseUevent([...cpuAdded, 'SEQNUM=1234', ''].join('\0')), {
    action: 'add',
    path: '/devices/system/cpu/cpu1',
    subsystem: 'cpu',
  });
});

test('parseUevent() reads a device without a subsystem', () => {
  assert.equal(parseUevent('remove@/devices/foo\0')?.subsystem, '');
});

for (const message of ['', 'libudev\0', 'add@relative', '@/devices', '\0\0\0']) {
  test(`parseUevent() is undefined for ${JSON.stringify(message)}`, () => {
    assert.equal(parseUevent(message), undefined);
  });
}

function openWatch(context: TestContext) {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const uevents: Uevent[] = [];
  const counts = { lost: 0, ended: 0 };
  const listener = {
    received: (uevent: Uevent) => void uevents.push(uevent),
    lost: () => void (counts.lost += 1),
    ended: () => void (counts.ended += 1),
  };
  const watch = watchUevents(native, makeRecordingLog().log, listener);
  const [socket] = native.ueventSockets;
  assert.ok(socket !== undefined);
  return { native, socket, uevents, counts, watch };
}

test('watchUevents() tells of each message, and not of what is none', (context) => {
  const { native, socket, uevents } = openWatch(context);
  socket.send(...cpuAdded);
  socket.send('libudev', 'nonsense');
  socket.send('remove@/devices/system/cpu/cpu1', 'SUBSYSTEM=cpu');
  native.settle();
  assert.deepEqual(
    uevents.map(({ action }) => action),
    ['add', 'remove'],
  );
});

test('watchUevents() says that messages were lost, and goes on', (context) => {
  const { native, socket, uevents, counts } = openWatch(context);
  socket.loseMessage();
  native.settle();
  socket.send(...cpuAdded);
  native.settle();
  assert.deepEqual(counts, { lost: 1, ended: 0 });
  assert.equal(uevents.length, 1);
});

test('watchUevents() leaves the turn to others while messages flood in', (context) => {
  const { native, socket, uevents } = openWatch(context);
  for (let message = 0; message < 1000; message += 1) socket.send(...cpuAdded);
  native.turn();
  assert.equal(uevents.length, 64);
  native.settle();
  assert.equal(uevents.length, 1000);
});

test('watchUevents() closes a socket that fails and says so once', (context) => {
  const { native, counts, socket } = openWatch(context);
  context.mock.method(native, 'readSome', () => {
    throw systemError('ENOTCONN', 107, 'read');
  });
  socket.send(...cpuAdded);
  native.settle();
  assert.deepEqual(counts, { lost: 0, ended: 1 });
});

test('watchUevents() hears nothing after close()', (context) => {
  const { native, socket, uevents, watch } = openWatch(context);
  watch.close();
  socket.send(...cpuAdded);
  native.settle();
  assert.deepEqual(uevents, []);
});
