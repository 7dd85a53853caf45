import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fdEvents } from '../../../../addon/native.ts';
import { Transport } from '../../../../init/channel/transport.ts';
import { maxQueuedFrameBytes } from '../../../../protocol/limits.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import type { FakePort } from '../../../support/fake-port.ts';

interface OpenTransport {
  native: FakeNative;
  port: FakePort;
  transport: Transport;
  received: string[];
  drained: () => number;
  left: () => number;
  tookSome: () => number;
}

function openTransport(context: TestContext): OpenTransport {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const native = new FakeNative();
  context.after(() => native.dispose());
  const port = native.openPort();
  const received: string[] = [];
  let drainedCount = 0;
  let leftCount = 0;
  let tookCount = 0;
  const transport = new Transport(native, port.fd, {
    received: (bytes) => void received.push(bytes.toString()),
    drained: () => void (drainedCount += 1),
    left: () => void (leftCount += 1),
    tookSome: () => void (tookCount += 1),
  });
  return {
    native,
    port,
    transport,
    received,
    drained: () => drainedCount,
    left: () => leftCount,
    tookSome: () => tookCount,
  };
}

const eio = (): never => {
  throw Object.assign(new Error('EIO'), { code: 'EIO' });
};

test('bytes from the host arrive in order', (context) => {
  const { native, port, received } = openTransport(context);
  port.write(Buffer.from('abc'));
  native.settle();
  port.write(Buffer.from('def'));
  native.settle();
  assert.deepEqual(received, ['abc', 'def']);
});

test('a flooding host gets eight reads in one turn, then others get theirs', (context) => {
  const { native, port, received } = openTransport(context);
  port.write(Buffer.alloc(64 * 1024 * 20));
  native.turn();
  assert.equal(received.length, 8);
  native.settle();
  assert.equal(received.join('').length, 64 * 1024 * 20);
});

test('send() writes at once while the host reads', (context) => {
  const { port, transport, native } = openTransport(context);
  transport.send(Buffer.from('one'));
  transport.send(Buffer.from('two'));
  assert.equal(port.read().toString(), 'onetwo');
  assert.equal(native.watchedEvents(port.fd), fdEvents.readable);
});

test('send() keeps what the port does not take and goes on where it stopped', (context) => {
  const { port, transport, native } = openTransport(context);
  port.toHost.capacityBytes = 4;
  transport.send(Buffer.from('abcdef'));
  transport.send(Buffer.from('ghi'));
  assert.equal(native.watchedEvents(port.fd), fdEvents.readable | fdEvents.writable);
  let all = '';
  for (let turn = 0; turn < 3; turn += 1) {
    all += port.read().toString();
    native.settle();
  }
  assert.equal(all, 'abcdefghi');
  assert.equal(native.watchedEvents(port.fd), fdEvents.readable);
});

test('send() has a copy of what waits before anybody is called who may fill its buffer anew', (context) => {
  const buffer = Buffer.alloc(8);
  const sendFrom = (text: string): void => transport.send(buffer.subarray(0, buffer.write(text)));
  let hasAnswered = false;
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const native = new FakeNative();
  context.after(() => native.dispose());
  const port = native.openPort();
  const transport: Transport = new Transport(native, port.fd, {
    received: () => {},
    drained: () => {},
    left: () => {},
    tookSome: () => {
      if (!hasAnswered) {
        hasAnswered = true;
        sendFrom('third');
      }
    },
  });
  port.toHost.capacityBytes = 4;
  sendFrom('first');
  let all = port.read().toString();
  // Takes the rest of the first and a part of the second, and says so.
  sendFrom('second');
  for (let turn = 0; turn < 3; turn += 1) {
    all += port.read().toString();
    native.settle();
  }
  assert.equal(all, 'firstsecondthird');
});

test('send() does not ask for the watch that there is', (context) => {
  const native = new FakeNative();
  context.after(() => native.dispose());
  const port = native.openPort();
  const watched: number[] = [];
  const watchFd = native.watchFd.bind(native);
  context.mock.method(native, 'watchFd', (...words: Parameters<typeof watchFd>) => {
    const watch = watchFd(...words);
    const update = (events: number): void => {
      watched.push(events);
      watch.update(events);
    };
    return { ...watch, update };
  });
  const transport = new Transport(native, port.fd, {
    received: () => {},
    drained: () => {},
    left: () => {},
    tookSome: () => {},
  });
  transport.send(Buffer.from('one'));
  transport.send(Buffer.from('two'));
  assert.deepEqual(watched, []);
  port.toHost.capacityBytes = 0;
  transport.send(Buffer.from('three'));
  transport.send(Buffer.from('four'));
  assert.deepEqual(watched, [fdEvents.readable | fdEvents.writable]);
});

test('congested tells a full queue, and drained() comes once when there is room again', (context) => {
  const { port, transport, native, drained } = openTransport(context);
  port.toHost.capacityBytes = 0;
  transport.send(Buffer.alloc(maxQueuedFrameBytes - 1));
  assert.equal(transport.congested, false);
  transport.send(Buffer.alloc(1));
  assert.equal(transport.congested, true);
  assert.equal(drained(), 0);
  port.toHost.capacityBytes = 10;
  native.settle();
  assert.equal(transport.congested, false);
  assert.equal(drained(), 1);
  port.read();
  native.settle();
  assert.equal(drained(), 1);
});

test('control frames may go over the limit of the queue', (context) => {
  const { port, transport } = openTransport(context);
  port.toHost.capacityBytes = 0;
  transport.send(Buffer.alloc(maxQueuedFrameBytes));
  transport.send(Buffer.from('control'));
  port.toHost.capacityBytes = Number.MAX_SAFE_INTEGER;
  transport.send(Buffer.from('!'));
  assert.equal(port.read().toString('latin1').slice(-8), 'control!');
});

test('dropQueue() forgets what waits and lets producers go on', (context) => {
  const { port, transport, native, drained } = openTransport(context);
  port.toHost.capacityBytes = 0;
  transport.send(Buffer.alloc(maxQueuedFrameBytes, 'x'));
  transport.dropQueue();
  assert.equal(transport.congested, false);
  assert.equal(drained(), 1);
  port.toHost.capacityBytes = 100;
  transport.send(Buffer.from('next'));
  native.settle();
  assert.equal(port.read().toString(), 'next');
});

test('an absent host is asked again after pauses that grow to a quarter of a second', (context) => {
  const { native, port } = openTransport(context);
  port.hostPresent = false;
  const pauses: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    native.settle();
    assert.equal(native.watchedEvents(port.fd), 0);
    let pauseMs = 0;
    while (native.watchedEvents(port.fd) === 0) {
      context.mock.timers.tick(1);
      pauseMs += 1;
    }
    pauses.push(pauseMs);
  }
  assert.deepEqual(pauses, [5, 10, 20, 40, 80, 160, 250, 250, 250]);
});

test('what an absent host missed is sent when it comes, and the pauses start anew', (context) => {
  const { native, port, transport, received } = openTransport(context);
  port.hostPresent = false;
  native.settle();
  transport.send(Buffer.from('kept'));
  native.settle();
  port.hostPresent = true;
  port.write(Buffer.from('here'));
  context.mock.timers.tick(250);
  native.settle();
  assert.deepEqual(received, ['here']);
  assert.equal(port.read().toString(), 'kept');
  port.hostPresent = false;
  native.settle();
  context.mock.timers.tick(5);
  assert.notEqual(native.watchedEvents(port.fd), 0);
});

test('errors of the port are an absent host, not the end of init', (context) => {
  const { native, port, transport, received } = openTransport(context);
  const read = context.mock.method(native, 'readSome', eio);
  const write = context.mock.method(native, 'writeSome', eio);
  port.write(Buffer.from('later'));
  native.turn();
  transport.send(Buffer.from('kept'));
  read.mock.restore();
  write.mock.restore();
  context.mock.timers.tick(250);
  native.settle();
  assert.deepEqual(received, ['later']);
  assert.equal(port.read().toString(), 'kept');
});

test('sending to an absent host does not make it be asked more often', (context) => {
  const { native, port, transport } = openTransport(context);
  port.hostPresent = false;
  native.settle();
  const read = context.mock.method(native, 'readSome');
  for (let frame = 0; frame < 100; frame += 1) {
    transport.send(Buffer.from('x'));
    native.settle();
  }
  assert.equal(read.mock.callCount(), 0, 'asked only when the pause is over');
  for (let tick = 0; tick < 2000; tick += 1) {
    context.mock.timers.tick(1);
    native.settle();
  }
  assert.ok(read.mock.callCount() <= 15, `asked ${read.mock.callCount()} times in two seconds`);
});

test('left() comes once for each absence', (context) => {
  const { native, port, left } = openTransport(context);
  const leave = (): void => {
    port.hostPresent = false;
    native.settle();
    for (let round = 0; round < 5; round += 1) {
      context.mock.timers.tick(250);
      native.settle();
    }
  };
  leave();
  assert.equal(left(), 1);
  port.hostPresent = true;
  port.write(Buffer.from('here'));
  context.mock.timers.tick(250);
  native.settle();
  leave();
  assert.equal(left(), 2);
});

test('stalledMs counts from when frames began to wait, or from the last bytes that were taken', (context) => {
  const { native, port, transport, tookSome } = openTransport(context);
  let nowMs = 0;
  context.mock.method(performance, 'now', () => nowMs);
  transport.send(Buffer.from('taken at once'));
  assert.equal(transport.stalledMs, 0);
  port.read();
  port.toHost.capacityBytes = 0;
  transport.send(Buffer.from('waits'));
  nowMs += 10;
  transport.send(Buffer.from('waits too'));
  assert.equal(transport.stalledMs, 10);
  port.toHost.capacityBytes = 2;
  native.settle();
  assert.deepEqual([transport.stalledMs, tookSome()], [0, 1]);
  nowMs += 7;
  assert.equal(transport.stalledMs, 7);
  transport.dropQueue();
  assert.equal(transport.stalledMs, 0);
  nowMs += 5;
  assert.equal(transport.stalledMs, 5, 'the rest of a frame that has begun still waits');
  port.toHost.capacityBytes = 100;
  native.settle();
  assert.deepEqual([transport.stalledMs, tookSome()], [0, 2]);
});

test('readNow() takes what has arrived before the event loop says so', (context) => {
  const { port, transport, received } = openTransport(context);
  transport.readNow();
  port.write(Buffer.from('abc'));
  transport.readNow();
  assert.deepEqual(received, ['abc']);
});

test('dropQueue() keeps the rest of a frame that has begun, so that the next is found', (context) => {
  const { port, transport, native } = openTransport(context);
  port.toHost.capacityBytes = 3;
  transport.send(Buffer.from('begun '));
  transport.send(Buffer.from('waiting '));
  transport.dropQueue();
  transport.dropQueue();
  transport.send(Buffer.from('next'));
  let all = '';
  for (let turn = 0; turn < 4; turn += 1) {
    all += port.read().toString();
    native.settle();
  }
  assert.equal(all, 'begun next');
});

test('a host that asks and never reads is not read either', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const native = new FakeNative();
  context.after(() => native.dispose());
  const port = native.openPort();
  port.toHost.capacityBytes = 0;
  let takenBytes = 0;
  const transport: Transport = new Transport(native, port.fd, {
    received: (bytes) => {
      takenBytes += bytes.length;
      transport.send(Buffer.alloc(bytes.length));
    },
    drained: () => {},
    left: () => {},
    tookSome: () => {},
  });
  port.write(Buffer.alloc(8 * maxQueuedFrameBytes));
  native.settle();
  assert.ok(takenBytes <= 3 * maxQueuedFrameBytes, `took ${takenBytes} bytes`);
  port.toHost.capacityBytes = Number.MAX_SAFE_INTEGER;
  native.settle();
  assert.equal(takenBytes, 8 * maxQueuedFrameBytes, 'goes on once the host reads');
  assert.equal(port.read().length, takenBytes);
});
