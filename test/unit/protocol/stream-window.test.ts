import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ReceiveWindow, SendWindow } from '../../../protocol/stream-window.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

function openWindow(windowBytes: number): ReceiveWindow {
  const window = new ReceiveWindow(windowBytes);
  assert.equal(window.nextCredit(), windowBytes);
  return window;
}

test('SendWindow allows nothing before the first credit', () => {
  const window = new SendWindow();
  assert.equal(window.available, 0);
  assert.equal(window.offset, 0);
});

test('SendWindow counts down what was granted', () => {
  const window = new SendWindow();
  window.grant(100);
  assert.equal(window.advance(30), 0);
  assert.equal(window.advance(20), 30);
  assert.equal(window.available, 50);
  assert.equal(window.offset, 50);
});

test('grant() ignores a credit that is older than the last', () => {
  const window = new SendWindow();
  window.grant(100);
  window.grant(40);
  assert.equal(window.available, 100);
});

test('revoke() leaves nothing to send until the new host grants', () => {
  const window = new SendWindow();
  window.grant(100);
  window.advance(10);
  window.revoke();
  assert.equal(window.available, 0);
  window.grant(60);
  assert.equal(window.available, 50);
});

test('revoke() can go back to what the new host has not seen', () => {
  const window = new SendWindow();
  window.grant(100);
  window.advance(80);
  window.revoke(30);
  assert.equal(window.available, 0);
  window.grant(60);
  assert.equal(window.available, 30);
  assert.equal(window.advance(10), 30);
});

test('skipTo() goes on behind bytes that are gone, and never back', () => {
  const window = new SendWindow();
  window.grant(100);
  window.advance(10);
  window.skipTo(150);
  assert.deepEqual([window.offset, window.available], [150, 0]);
  window.skipTo(20);
  window.grant(160);
  assert.deepEqual([window.offset, window.available], [150, 10]);
});

test('receive() accepts the bytes that come next', () => {
  const window = openWindow(16);
  assert.deepEqual(window.receive(0, bytes('abc')), { state: 'accepted', bytes: bytes('abc') });
  assert.deepEqual(window.receive(3, bytes('de')), { state: 'accepted', bytes: bytes('de') });
  assert.equal(window.offset, 5);
});

test('receive() cuts off what it has seen of an overlapping frame', () => {
  const window = openWindow(16);
  window.receive(0, bytes('abcd'));
  assert.deepEqual(window.receive(2, bytes('cdEF')), { state: 'accepted', bytes: bytes('EF') });
  assert.equal(window.offset, 6);
});

test('receive() tells a duplicate, whole or in part', () => {
  const window = openWindow(16);
  window.receive(0, bytes('abcd'));
  assert.deepEqual(window.receive(0, bytes('abcd')), { state: 'duplicate' });
  assert.deepEqual(window.receive(1, bytes('bc')), { state: 'duplicate' });
  assert.deepEqual(window.receive(4, bytes('')), { state: 'duplicate' });
  assert.equal(window.offset, 4);
});

test('receive() tells how many bytes a gap has lost and goes on behind it', () => {
  const window = openWindow(16);
  window.receive(0, bytes('ab'));
  assert.deepEqual(window.receive(6, bytes('gh')), { state: 'gap', missingBytes: 4, bytes: bytes('gh') });
  assert.deepEqual(window.receive(8, bytes('i')), { state: 'accepted', bytes: bytes('i') });
});

test('receive() counts the bytes of a gap as consumed, so that credit does not shrink', () => {
  const window = openWindow(16);
  window.receive(8, bytes('abcdefgh'));
  window.consume(8);
  assert.equal(window.nextCredit(), 32);
});

test('receive() refuses an overrun and changes nothing', () => {
  const window = openWindow(8);
  assert.deepEqual(window.receive(0, bytes('123456789')), { state: 'overrun' });
  assert.deepEqual(window.receive(8, bytes('9')), { state: 'overrun' });
  assert.deepEqual(window.receive(0, bytes('12345678')), { state: 'accepted', bytes: bytes('12345678') });
});

test('receive() takes an empty frame as the word for where the stream goes on, even beyond the credit', () => {
  const window = openWindow(8);
  window.receive(0, bytes('abc'));
  assert.deepEqual(window.receive(1000, bytes('')), { state: 'gap', missingBytes: 997, bytes: bytes('') });
  assert.deepEqual(window.receive(1000, bytes('')), { state: 'duplicate' });
  assert.equal(window.nextCredit(), 1005);
  assert.deepEqual(window.receive(1000, bytes('d')), { state: 'accepted', bytes: bytes('d') });
});

test('receive() refuses everything before the first credit', () => {
  assert.deepEqual(new ReceiveWindow(8).receive(0, bytes('a')), { state: 'overrun' });
});

test('nextCredit() waits until half a window has been consumed', () => {
  const window = openWindow(16);
  window.receive(0, Buffer.alloc(16));
  assert.equal(window.nextCredit(), undefined);
  window.consume(7);
  assert.equal(window.nextCredit(), undefined);
  window.consume(1);
  assert.equal(window.nextCredit(), 24);
  assert.equal(window.nextCredit(), undefined);
});

test('reopen() makes the next credit tell where the stream stands', () => {
  const window = openWindow(16);
  window.receive(0, Buffer.alloc(5));
  window.consume(5);
  assert.equal(window.nextCredit(), undefined);
  window.reopen();
  assert.deepEqual(window.receive(5, bytes('x')), { state: 'overrun' });
  assert.equal(window.nextCredit(), 21);
  assert.deepEqual(window.receive(5, bytes('x')), { state: 'accepted', bytes: bytes('x') });
});

test('reopen() grants no more than a window beyond what the consumer has taken', () => {
  const window = openWindow(16);
  window.receive(0, Buffer.alloc(16));
  window.reopen();
  assert.equal(window.nextCredit(), 16);
  assert.deepEqual(window.receive(16, bytes('x')), { state: 'overrun' });
});

test('a sender that obeys its credit never overruns and a consumer that takes all never stalls it', () => {
  const step = fc.record({ wanted: fc.nat(40), consumed: fc.nat(40), newSession: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const sender = new SendWindow();
      const receiver = new ReceiveWindow(32);
      let waiting = 0;
      const grant = (): void => {
        const credit = receiver.nextCredit();
        if (credit !== undefined) sender.grant(credit);
      };
      for (const { wanted, consumed, newSession } of steps) {
        if (newSession) {
          sender.revoke();
          receiver.reopen();
        }
        grant();
        const length = Math.min(wanted, sender.available);
        const received = receiver.receive(sender.advance(length), Buffer.alloc(length));
        assert.equal(received.state, length === 0 ? 'duplicate' : 'accepted');
        waiting += length;
        assert.ok(waiting <= 32, 'no more than a window waits');
        const taken = Math.min(consumed, waiting);
        receiver.consume(taken);
        waiting -= taken;
      }
      receiver.consume(waiting);
      grant();
      assert.ok(sender.available >= 16 || steps.length === 0);
    }),
  );
});
