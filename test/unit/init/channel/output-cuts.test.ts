import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { OutputPump } from '../../../../init/channel/output-pump.ts';
import {
  decodeOffset,
  encodeControl,
  encodeFrame,
  encodeOffset,
  FrameDecoder,
} from '../../../../protocol/frame.ts';
import { streamWindowBytes } from '../../../../protocol/limits.ts';
import { ReceiveWindow } from '../../../../protocol/stream-window.ts';
import { type GuestChannel, openGuestChannel } from '../../../support/guest-channel.ts';

const stream = 2;

/** The bytes of a stream of which each tells where it belongs. */
const streamBytes = (offset: number, lengthBytes: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: lengthBytes }, (_, index) => (offset + index) % 251));

/** A host that can vanish at any byte and comes back with what it had taken by then. */
class VanishingHost {
  readonly #guest: GuestChannel;
  #sessions = 0;
  #decoder = new FrameDecoder();
  #window = new ReceiveWindow();
  /** Where this session began: the window counts from there. */
  #baseOffset = 0;
  #waiting = Buffer.alloc(0);
  takenBytes = 0;

  constructor(guest: GuestChannel) {
    this.#guest = guest;
    this.#connect();
  }

  /** Reads what has come, and takes at most so much of it. */
  take(lengthBytes: number): void {
    this.#receive(this.#guest.port.read());
    const bytes = this.#waiting.subarray(0, lengthBytes);
    this.#waiting = this.#waiting.subarray(bytes.length);
    assert.ok(bytes.equals(streamBytes(this.takenBytes, bytes.length)));
    this.takenBytes += bytes.length;
    this.#window.consume(bytes.length);
    this.#grant();
  }

  /** Reads at most so many bytes, dies with what it has not taken, and comes back. */
  vanish(lengthBytes: number): void {
    this.#receive(this.#guest.port.read().subarray(0, lengthBytes));
    this.#connect();
  }

  #connect(): void {
    this.#sessions += 1;
    this.#decoder = new FrameDecoder();
    this.#window = new ReceiveWindow();
    this.#baseOffset = this.takenBytes;
    this.#waiting = Buffer.alloc(0);
    this.#send(
      encodeControl('hello', {
        protocol: { min: 1, max: 1 },
        session: this.#sessions.toString(16).padStart(16, '0'),
        features: [],
        streams: { [stream]: this.takenBytes },
      }),
    );
    this.#grant();
  }

  #receive(bytes: Buffer): void {
    for (const { type, payload } of this.#decoder.push(bytes)) {
      if (type !== 'data') continue;
      const offset = (decodeOffset(payload) ?? 0) - this.#baseOffset;
      const received = this.#window.receive(offset, payload.subarray(8));
      assert.ok(received.state === 'accepted', received.state);
      this.#waiting = Buffer.concat([this.#waiting, received.bytes]);
    }
  }

  #grant(): void {
    const limit = this.#window.nextCredit();
    if (limit !== undefined)
      this.#send(encodeFrame('credit', stream, encodeOffset(this.#baseOffset + limit)));
  }

  #send(frame: Buffer): void {
    this.#guest.port.write(frame);
    this.#guest.native.settle();
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write'), lengthBytes: fc.nat(90_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take'), lengthBytes: fc.nat(150_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('vanish'), lengthBytes: fc.nat(150_000) }) },
);

test('no byte is lost or doubled, wherever the sessions are cut', (context) => {
  const property = fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
    const guest = openGuestChannel(context);
    const { readFd, writeFd } = guest.native.makePipe();
    guest.native.setPipeSize(readFd, Number.MAX_SAFE_INTEGER);
    new OutputPump(guest.native, guest.channel, readFd, stream).start();
    const host = new VanishingHost(guest);
    let writtenBytes = 0;
    for (const { kind, lengthBytes } of steps) {
      if (kind === 'take') host.take(lengthBytes);
      else if (kind === 'vanish') host.vanish(lengthBytes);
      else {
        guest.native.writeSome(writeFd, streamBytes(writtenBytes, lengthBytes));
        guest.native.settle();
        writtenBytes += lengthBytes;
      }
    }
    for (let round = 0; host.takenBytes < writtenBytes; round += 1) {
      assert.ok(round < 100, `stuck at ${host.takenBytes} of ${writtenBytes}`);
      host.take(streamWindowBytes);
    }
    guest.native.dispose();
    context.mock.timers.reset();
  });
  fc.assert(property, { numRuns: 40 });
});
