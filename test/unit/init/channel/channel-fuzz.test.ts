import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { InputSink } from '../../../../init/channel/input-sink.ts';
import { OutputPump } from '../../../../init/channel/output-pump.ts';
import { RequestDesk } from '../../../../init/channel/requests.ts';
import { encodeControl, encodeData, encodeFrame, encodeOffset } from '../../../../protocol/frame.ts';
import { maxQueuedFrameBytes, streamWindowBytes } from '../../../../protocol/limits.ts';
import {
  fakeHandlers,
  type GuestChannel,
  openClock,
  openGuestChannel,
} from '../../../support/guest-channel.ts';
import { fuzzRuns } from '../../../support/parser-fuzzing.ts';

interface Guest extends GuestChannel {
  wait: (ms: number) => void;
  sink: InputSink;
  /** The workload's ends of its pipes. */
  stdinFd: number;
  stdoutFd: number;
}

/** A guest whose workload has a stdin and a stdout. */
function openGuest(context: TestContext): Guest {
  const guest = openGuestChannel(context);
  const wait = openClock(context, guest);
  const { native, channel } = guest;
  channel.serve(new RequestDesk(fakeHandlers({})));
  const stdin = native.makePipe();
  const stdout = native.makePipe();
  const sink = new InputSink(native, channel, stdin.writeFd, 1);
  new OutputPump(native, channel, stdout.readFd, 2).start();
  return { ...guest, wait, sink, stdinFd: stdin.readFd, stdoutFd: stdout.writeFd };
}

function close({ native }: Guest, context: TestContext): void {
  native.dispose();
  context.mock.restoreAll();
  context.mock.timers.reset();
}

const id = fc.oneof(fc.constantFrom(1, 2, 16), fc.nat(0xffffffff));
const offset = fc.oneof(fc.nat(1000), fc.nat(Number.MAX_SAFE_INTEGER));
const letter = fc.constantFrom('a', 'b', 'c', 'd');

const hello = (one: string, more: object = {}): Buffer =>
  encodeControl('hello', { protocol: { min: 1, max: 1 }, session: one.repeat(16), features: [], ...more });

/** What a host might say, and what it never should. */
const frame = fc.oneof(
  letter.map((one) => hello(one)),
  fc
    .record({ one: letter, acknowledged: fc.nat(), streams: fc.dictionary(id.map(String), offset) })
    .map(({ one, ...more }) => hello(one, more)),
  fc.json().map((json) => encodeFrame('hello', 0, Buffer.from(json))),
  fc.json().map((json) => encodeFrame('request', 0, Buffer.from(json))),
  fc.tuple(id, offset, fc.uint8Array({ maxLength: 200 })).map((data) => encodeData(...data)),
  fc
    .tuple(fc.constantFrom('end', 'credit'), id, offset)
    .map(([type, stream, at]) => encodeFrame(type, stream, encodeOffset(at))),
  fc
    .tuple(fc.constantFrom('welcome', 'event', 'sample', 'data', 'end'), fc.uint8Array({ maxLength: 50 }))
    .map(([type, payload]) => encodeFrame(type, 1, payload)),
);

/** Whole frames, torn ones, damaged ones, noise, and time that passes. */
const piece = fc.oneof(
  { weight: 4, arbitrary: frame },
  {
    weight: 2,
    arbitrary: fc.tuple(frame, fc.nat()).map(([bytes, cut]) => bytes.subarray(0, cut % bytes.length)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(frame, fc.nat()).map(([bytes, bit]) => {
      const damaged = Buffer.from(bytes);
      const index = (bit >> 3) % bytes.length;
      damaged.writeUInt8(damaged.readUInt8(index) ^ (1 << (bit & 7)), index);
      return damaged;
    }),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constantFrom('wait', 'leave', 'write') },
);

function play(guest: Guest, one: Buffer | string): void {
  if (one instanceof Buffer) guest.host.send(one);
  else if (one === 'wait') guest.wait(5000);
  else if (one === 'write') guest.native.writeSome(guest.stdoutFd, Buffer.from('some output\n'));
  else {
    guest.port.hostPresent = false;
    guest.native.settle();
    guest.port.hostPresent = true;
    guest.wait(500);
  }
  guest.native.settle();
}

test('after anything that comes over the port the next good handshake works, and so do the streams', (context) => {
  const property = fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
    const guest = openGuest(context);
    const { host, native } = guest;
    for (const one of pieces) play(guest, one);
    host.forget();
    // The host repeats its hello as every host does; the first ones may complete what was torn.
    let welcome: Record<string, unknown> | undefined;
    for (let repetition = 0; welcome === undefined && repetition < 8; repetition += 1) {
      host.hello('e');
      guest.wait(500);
      welcome = host.takeMessages('welcome').find((one) => one['session'] === 'e'.repeat(16));
    }
    assert.ok(welcome, 'no welcome');
    native.writeSome(guest.stdoutFd, Buffer.from('to the host'));
    host.credit(2, streamWindowBytes);
    const text = host.takeStreamFrames().map((one) => one.bytes.toString('latin1'));
    assert.ok(text.join('').endsWith('to the host'));
    close(guest, context);
  });
  // The test runner remembers what was mocked: many thousand runs would take minutes.
  fc.assert(property, { numRuns: Math.min(fuzzRuns * 2, 3000) });
});

test('a host that floods and never reads makes the guest keep only so much', (context) => {
  const guest = openGuest(context);
  const { port, native } = guest;
  const sent = context.mock.method(native, 'writeSome');
  port.toHost.capacityBytes = 0;
  const request = encodeFrame('request', 0, Buffer.from('x'.repeat(100)));
  const flood = Buffer.concat(Array.from({ length: 1000 }, () => request));
  port.write(hello('a'));
  for (let round = 0; round < 20; round += 1) {
    port.write(flood);
    native.settle();
  }
  assert.ok(port.toGuest.lengthBytes > 5 * flood.length, 'what the guest does not answer it does not read');
  sent.mock.restore();
  port.toHost.capacityBytes = Number.MAX_SAFE_INTEGER;
  native.turn();
  assert.ok(port.toHost.lengthBytes < 4 * maxQueuedFrameBytes, `${port.toHost.lengthBytes} bytes waited`);
});

test('a flood of sessions leaves nothing of those before', (context) => {
  const { host, native, port, channel } = openGuest(context);
  for (let count = 0; count < 300; count += 1)
    channel.announce({ event: 'oom', container: 'main', kills: count });
  const streams = Object.fromEntries(Array.from({ length: 1024 }, (_, index) => [index + 1, index]));
  port.toHost.capacityBytes = 0;
  for (let count = 0; count < 60; count += 1) {
    port.write(hello((count % 16).toString(16), { streams }));
    native.settle();
  }
  port.toHost.capacityBytes = Number.MAX_SAFE_INTEGER;
  native.settle();
  const frames = host.takeFrames().map((one) => one.type);
  assert.deepEqual([frames[0], frames[1]], ['welcome', 'credit']);
  assert.ok(frames.length < 260, `${frames.length} frames`);
});
