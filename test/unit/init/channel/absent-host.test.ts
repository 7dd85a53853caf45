import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { OutputPump } from '../../../../init/channel/output-pump.ts';
import { encodeControl } from '../../../../protocol/frame.ts';
import { hostAbsenceMs, hostSilenceMs, streamWindowBytes } from '../../../../protocol/limits.ts';
import { type GuestChannel, openClock, openGuestChannel } from '../../../support/guest-channel.ts';

const stream = 2;
const pipeBytes = 4096;

interface Guest extends GuestChannel {
  pump: OutputPump;
  readFd: number;
  writeFd: number;
  /** What the workload can write without being stopped, up to `most` bytes. */
  writeMuch: (most: number) => number;
  wait: (ms: number) => void;
}

/** A guest whose workload has a small pipe. */
function openGuest(context: TestContext): Guest {
  const guest = openGuestChannel(context);
  const wait = openClock(context, guest);
  const { readFd, writeFd } = guest.native.makePipe();
  guest.native.setPipeSize(readFd, pipeBytes);
  const pump = new OutputPump(guest.native, guest.channel, readFd, stream);
  pump.start();
  const writeMuch = (most: number): number => {
    let written = 0;
    while (written < most) {
      const length = guest.native.writeSome(writeFd, Buffer.alloc(Math.min(1024, most - written), 'x'));
      if (length === -1) break;
      written += length;
      guest.native.settle();
    }
    return written;
  };
  return { ...guest, pump, readFd, writeFd, writeMuch, wait };
}

/** The same with a host that has granted no credit for what the workload has left. */
function openUnread(context: TestContext): Guest {
  const guest = openGuest(context);
  guest.host.hello('a');
  guest.native.writeSome(guest.writeFd, Buffer.from('unread'));
  guest.host.settle();
  return guest;
}

/** Lets time pass with a host that says something every few seconds. */
function waitWithPings({ host, wait }: Guest, ms: number): void {
  for (let passedMs = 0; passedMs < ms; passedMs += 5000) {
    host.ping();
    wait(5000);
  }
}

test('hostListens says no before any session and yes in one', (context) => {
  const { channel, host } = openGuestChannel(context);
  assert.equal(channel.hostListens, false);
  host.hello('a');
  assert.equal(channel.hostListens, true);
});

test('hostListens forgives an absence that a reconnect may end, and no longer one', (context) => {
  const { channel, native, port, wait } = openUnread(context);
  port.hostPresent = false;
  native.settle();
  wait(hostAbsenceMs - 500);
  assert.equal(channel.hostListens, true);
  wait(500);
  assert.equal(channel.hostListens, false);
  assert.equal(channel.hostAway, true);
});

test('hostListens forgives a silence between two heartbeats, and no longer one', (context) => {
  const { channel, host, wait } = openUnread(context);
  wait(hostSilenceMs - 500);
  host.ping();
  wait(hostSilenceMs - 500);
  assert.equal(channel.hostListens, true);
  wait(500);
  assert.equal(channel.hostListens, false);
});

test('an echo of what the guest has sent is no sign of a host', (context) => {
  const { channel, host, port, wait } = openUnread(context);
  wait(hostSilenceMs - 500);
  port.write(encodeControl('welcome', {}));
  port.write(encodeControl('event', {}));
  host.settle();
  wait(500);
  assert.equal(channel.hostListens, false);
});

test('a host that speaks but takes nothing of what waits is away', (context) => {
  const guest = openUnread(context);
  guest.port.toHost.capacityBytes = 0;
  guest.channel.announce({ event: 'stopping', container: 'main', reason: 'request' });
  waitWithPings(guest, hostSilenceMs);
  assert.equal(guest.channel.hostListens, false);
  guest.port.toHost.capacityBytes = 10;
  guest.native.settle();
  assert.equal(guest.channel.hostListens, true);
});

test('a host that is back listens again', (context) => {
  const { channel, host, native, port, wait } = openUnread(context);
  port.hostPresent = false;
  native.settle();
  wait(hostAbsenceMs);
  port.hostPresent = true;
  wait(500);
  host.hello('b');
  assert.equal(channel.hostListens, true);
});

test('a host that is there and grants nothing stops the workload for good', (context) => {
  const guest = openUnread(context);
  assert.equal(guest.writeMuch(100_000), pipeBytes - 'unread'.length);
  waitWithPings(guest, 10 * hostSilenceMs);
  assert.equal(guest.writeMuch(100_000), 0);
});

test('the workload goes on without a host that is away, and the newest output is kept', (context) => {
  const { host, native, port, wait, writeMuch } = openGuest(context);
  host.hello('a');
  host.credit(stream, 10);
  assert.equal(writeMuch(100_000), 10 + pipeBytes);
  host.forget();
  port.hostPresent = false;
  native.settle();
  wait(hostAbsenceMs - 500);
  assert.equal(writeMuch(1), 0);
  wait(500);
  assert.equal(writeMuch(1_000_000), 1_000_000);
  const lengthBytes = 10 + pipeBytes + 1_000_000;
  port.hostPresent = true;
  wait(500);
  host.hello('b', { streams: { [stream]: 10 } });
  host.credit(stream, 10 + streamWindowBytes);
  const [position] = host.takeStreamFrames();
  assert.deepEqual(position, {
    type: 'data',
    stream,
    offset: lengthBytes - streamWindowBytes,
    bytes: Buffer.alloc(0),
  });
  host.credit(stream, lengthBytes);
  const kept = host.takeStreamFrames();
  assert.equal(Buffer.concat(kept.map((frame) => frame.bytes)).length, streamWindowBytes);
  assert.equal(kept[0]?.offset, lengthBytes - streamWindowBytes);
});

test('a host that falls silent and speaks again in the same session is told of the gap', (context) => {
  const { host, wait, writeMuch } = openGuest(context);
  host.hello('a');
  host.credit(stream, 10);
  writeMuch(100_000);
  host.forget();
  wait(hostSilenceMs);
  assert.equal(writeMuch(1_000_000), 1_000_000);
  assert.deepEqual(host.takeStreamFrames(), []);
  host.ping();
  assert.deepEqual(host.takeStreamFrames(), [
    { type: 'data', stream, offset: 10 + pipeBytes + 1_000_000 - streamWindowBytes, bytes: Buffer.alloc(0) },
  ]);
  assert.equal(writeMuch(100_000), pipeBytes, 'and the workload waits for it again');
});

test('a workload whose host never comes is stopped only for so long', (context) => {
  const { wait, writeMuch } = openGuest(context);
  assert.equal(writeMuch(100_000), pipeBytes);
  wait(hostSilenceMs - 500);
  assert.equal(writeMuch(100_000), 0);
  wait(500);
  assert.equal(writeMuch(1_000_000), 1_000_000);
});

test('a machine that stood still gives its host time to speak before it calls it away', (context) => {
  const { channel, host, native } = openGuestChannel(context);
  let nowMs = 0;
  context.mock.method(performance, 'now', () => nowMs);
  host.hello('a');
  channel.awaitHost();
  nowMs += 10 * hostSilenceMs;
  context.mock.timers.tick(hostSilenceMs);
  native.settle();
  assert.equal(channel.hostListens, true);
  channel.awaitHost();
  nowMs += hostAbsenceMs;
  context.mock.timers.tick(hostAbsenceMs);
  assert.equal(channel.hostListens, false);
});

test('what has arrived but was not read yet counts before a host is called away', (context) => {
  const { channel, host, port } = openGuestChannel(context);
  let nowMs = 0;
  context.mock.method(performance, 'now', () => nowMs);
  host.hello('a');
  channel.awaitHost();
  port.write(encodeControl('request', { id: 1, method: 'ping' }));
  nowMs += hostSilenceMs;
  context.mock.timers.tick(hostSilenceMs);
  assert.equal(channel.hostListens, true);
});

test('no timer runs while nobody waits for the host', (context) => {
  const guest = openGuest(context);
  guest.host.hello('a');
  guest.host.credit(stream, streamWindowBytes);
  waitWithPings(guest, 2 * hostSilenceMs);
  const setTimer = context.mock.method(globalThis, 'setTimeout');
  waitWithPings(guest, 4 * hostSilenceMs);
  assert.equal(setTimer.mock.callCount(), 0);
});

test('finishWhenIdle() keeps output for a host that is there, however long it does not read', (context) => {
  const guest = openUnread(context);
  guest.pump.finishWhenIdle(500);
  waitWithPings(guest, 20 * hostAbsenceMs);
  assert.equal(guest.native.isOpen(guest.readFd), true);
});

test('finishWhenIdle() gives up on a host that has gone for good', (context) => {
  const { native, port, pump, readFd, wait } = openUnread(context);
  port.hostPresent = false;
  native.settle();
  pump.finishWhenIdle(500);
  wait(hostAbsenceMs - 500);
  assert.equal(native.isOpen(readFd), true);
  wait(1500);
  assert.equal(native.isOpen(readFd), false);
});

test('what an ended workload wrote waits for the next host', (context) => {
  const { host, native, port, pump, wait } = openUnread(context);
  port.hostPresent = false;
  native.settle();
  pump.finishWhenIdle(500);
  wait(hostAbsenceMs + 1500);
  port.hostPresent = true;
  wait(500);
  host.hello('b');
  host.credit(stream, streamWindowBytes);
  const frames = host.takeStreamFrames();
  assert.equal(Buffer.concat(frames.map((frame) => frame.bytes)).toString(), 'unread');
  assert.deepEqual([frames.at(-1)?.type, frames.at(-1)?.offset], ['end', 6]);
});
