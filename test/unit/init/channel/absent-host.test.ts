import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { OutputPump } from '../../../../init/channel/output-pump.ts';
import { hostAbsenceMs } from '../../../../protocol/limits.ts';
import { type GuestChannel, openGuestChannel } from '../../../support/guest-channel.ts';

const stream = 2;

interface Guest extends GuestChannel {
  pump: OutputPump;
  readFd: number;
  /** Lets time pass in steps of half a second, for timers and for the clock. */
  wait: (ms: number) => void;
}

/** A guest whose workload has left output for which the host has granted no credit. */
function openGuest(context: TestContext): Guest {
  const guest = openGuestChannel(context);
  let nowMs = 1000;
  context.mock.method(performance, 'now', () => nowMs);
  const { readFd, writeFd } = guest.native.makePipe();
  const pump = new OutputPump(guest.native, guest.channel, readFd, stream);
  pump.start();
  guest.host.hello('a');
  guest.native.writeSome(writeFd, Buffer.from('unread'));
  guest.host.settle();
  const wait = (ms: number): void => {
    for (let waitedMs = 0; waitedMs < ms; waitedMs += 500) {
      nowMs += 500;
      context.mock.timers.tick(500);
      guest.native.settle();
    }
  };
  return { ...guest, pump, readFd, wait };
}

test('hostListens says no before any session and yes in one', (context) => {
  const { channel, host } = openGuestChannel(context);
  assert.equal(channel.hostListens, false);
  host.hello('a');
  assert.equal(channel.hostListens, true);
});

test('hostListens forgives an absence that a reconnect may end, and no longer one', (context) => {
  const { channel, native, port, wait } = openGuest(context);
  port.hostPresent = false;
  native.settle();
  wait(hostAbsenceMs - 500);
  assert.equal(channel.hostListens, true);
  wait(500);
  assert.equal(channel.hostListens, false);
});

test('a host that is back listens again', (context) => {
  const { channel, host, native, port, wait } = openGuest(context);
  port.hostPresent = false;
  native.settle();
  wait(hostAbsenceMs);
  port.hostPresent = true;
  wait(500);
  host.hello('b');
  assert.equal(channel.hostListens, true);
});

test('finishWhenIdle() keeps output for a host that is there, however long it does not read', (context) => {
  const { native, pump, readFd, wait } = openGuest(context);
  pump.finishWhenIdle(500);
  wait(20 * hostAbsenceMs);
  assert.equal(native.isOpen(readFd), true);
});

test('finishWhenIdle() gives up on a host that has gone for good', (context) => {
  const { native, port, pump, readFd, wait } = openGuest(context);
  port.hostPresent = false;
  native.settle();
  pump.finishWhenIdle(500);
  wait(hostAbsenceMs - 500);
  assert.equal(native.isOpen(readFd), true);
  wait(1000);
  assert.equal(native.isOpen(readFd), false);
});
