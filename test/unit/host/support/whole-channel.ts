import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChannelClient } from '../../../../host/channel/channel-client.ts';
import { HostChannel } from '../../../../init/channel/host-channel.ts';
import { InputSink } from '../../../../init/channel/input-sink.ts';
import { OutputPump } from '../../../../init/channel/output-pump.ts';
import { RequestDesk } from '../../../../init/channel/requests.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import type { FakePort } from '../../../support/fake-port.ts';
import { fakeHandlers } from '../../../support/guest-channel.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { CutWire } from './cut-wire.ts';

/** The byte at an offset of every stream here: no window's length is a multiple of the period. */
export const byteAt = (offset: number): number => (offset * 7 + Math.floor(offset / 251)) % 256;

function bytesFrom(offset: number, lengthBytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: lengthBytes }, (_, index) => byteAt(offset + index)));
}

const readClock = (): unknown => ({ unixMs: Date.now(), steppedMs: 0 });

/**
 * Both ends of a channel with a workload that writes and reads, on a wire that a test can cut, with a host that
 * a test can kill. Checks every byte and every event as it comes, for its place.
 */
export class WholeChannel {
  readonly #native = new FakeNative();
  readonly #port: FakePort = this.#native.openPort();
  readonly #stdin = this.#native.makePipe();
  readonly #stdout = this.#native.makePipe();
  readonly #guest: HostChannel;
  client = new ChannelClient();
  #wire = new CutWire();
  #stdoutClosed = false;
  /** What the workload has written, the host's log has got, the host has written, the workload has read. */
  outputBytes = 0;
  loggedBytes = 0;
  inputBytes = 0;
  readBytes = 0;
  announced = 0;
  /** As a log would have it on a disk. */
  seenEvents = 0;
  hostReads = true;
  /** Whatever the channel complained of, and bytes and events that were not the next ones. */
  readonly problems: string[] = [];
  outputEnded = false;
  /** The workload has seen the end of its input. */
  inputEnded = false;

  readonly #passTime: (ms: number) => void;

  /** `passTime` moves the clock of both ends. */
  constructor(passTime: (ms: number) => void) {
    this.#passTime = passTime;
    this.#guest = new HostChannel(this.#native, this.#port.fd, 'boot-1', makeRecordingLog().log);
    const acknowledge = ({ params }: { params: { sequence: number } }): void =>
      this.#guest.acknowledge(params.sequence);
    this.#guest.serve(new RequestDesk(fakeHandlers({ acknowledge, clock: readClock })));
    new OutputPump(this.#native, this.#guest, this.#stdout.readFd, 2).start();
    // oxlint-disable-next-line no-new -- it lives on its channel
    new InputSink(this.#native, this.#guest, this.#stdin.writeFd, 1);
    this.#start(this.client);
  }

  workloadWrites(lengthBytes: number): void {
    if (this.#stdoutClosed) return;
    const written = this.#native.writeSome(this.#stdout.writeFd, bytesFrom(this.outputBytes, lengthBytes));
    this.outputBytes += Math.max(0, written);
    this.#work();
  }

  workloadReads(maxBytes: number): void {
    if (maxBytes === 0) return;
    const buffer = Buffer.alloc(maxBytes);
    const length = this.#native.readSome(this.#stdin.readFd, buffer);
    if (length === 0) this.inputEnded = true;
    this.#check('input', this.readBytes, buffer.subarray(0, Math.max(0, length)));
    this.readBytes += Math.max(0, length);
    this.#work();
  }

  workloadClosesOutput(): void {
    this.#stdoutClosed = true;
    this.#native.closeFd(this.#stdout.writeFd);
    this.#work();
  }

  announce(): void {
    this.announced += 1;
    this.#guest.announce({ event: 'oom', container: 'main', kills: this.announced });
    this.#work();
  }

  hostWrites(lengthBytes: number): void {
    this.client.writableStream(1).write(bytesFrom(this.inputBytes, lengthBytes));
    this.inputBytes += lengthBytes;
  }

  hostTurns(): void {
    this.hostReads = !this.hostReads;
    if (this.hostReads) this.client.readable(2).resume();
    else this.client.readable(2).pause();
  }

  /** Moves some bytes in both directions. */
  async move(toGuestBytes: number, toHostBytes: number): Promise<void> {
    this.#port.write(this.#wire.takeForGuest(toGuestBytes));
    this.#work();
    this.#wire.moveToHost(toHostBytes);
    await nextTurn();
    this.#work();
  }

  /** The transport breaks; the host comes back on another. */
  async cut(): Promise<void> {
    this.#wire.destroy();
    await nextTurn();
    this.#hangUp();
    this.#wire = new CutWire();
    this.client.attach(this.#wire);
    await this.#noticeHost();
  }

  /** The host's process dies with all that waited in it; another one knows what was written to the log. */
  async killHost(): Promise<void> {
    const { client } = this;
    this.#wire.destroy();
    this.#hangUp();
    this.client = new ChannelClient({
      acknowledged: this.seenEvents,
      received: new Map([[2, this.loggedBytes]]),
      bootId: 'boot-1',
    });
    client.close();
    await nextTurn();
    this.#wire = new CutWire();
    this.hostReads = true;
    this.#start(this.client);
    await this.#noticeHost();
  }

  /** Lets everything arrive until `isOver`. */
  async finish(isOver: () => boolean): Promise<void> {
    if (!this.hostReads) this.hostTurns();
    for (let turn = 0; turn < 2000 && !isOver(); turn += 1) {
      this.workloadReads(64 * 1024);
      await this.move(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    }
  }

  dispose(): void {
    this.client.close();
    this.#native.dispose();
  }

  #start(client: ChannelClient): void {
    client.on('event', ({ sequence }) => {
      if (sequence !== this.seenEvents + 1) this.problems.push(`event ${sequence} after ${this.seenEvents}`);
      this.seenEvents = sequence;
    });
    client.on('gap', (gap) => this.problems.push(`gap ${JSON.stringify(gap)}`));
    client.on('ignored', (problem) => this.problems.push(problem.message));
    client.on('failed', (problem) => this.problems.push(problem.message));
    const output = client.readable(2);
    output.on('data', (bytes: Buffer) => {
      // A process that was killed writes no more.
      if (this.client === client) this.#log(output.takenOffset, bytes);
    });
    output.on('end', () => {
      if (this.client === client) this.outputEnded = true;
    });
    client.attach(this.#wire);
  }

  #log(takenOffset: number, bytes: Buffer): void {
    if (takenOffset !== this.loggedBytes) this.problems.push(`taken ${takenOffset}, not ${this.loggedBytes}`);
    this.#check('output', this.loggedBytes, bytes);
    this.loggedBytes += bytes.length;
  }

  #check(what: string, offset: number, bytes: Buffer): void {
    const wrong = bytes.findIndex((byte, index) => byte !== byteAt(offset + index));
    if (wrong !== -1) this.problems.push(`wrong ${what} at ${offset + wrong}`);
  }

  #hangUp(): void {
    this.#port.hostPresent = false;
    this.#port.toGuest.drain();
    this.#port.read();
    this.#native.settle();
    this.#port.hostPresent = true;
  }

  /** A guest looks now and then whether the host has come back. */
  async #noticeHost(): Promise<void> {
    await nextTurn();
    this.#passTime(250);
    this.#work();
  }

  /** Lets the guest do what it can; what it sends goes on the wire. */
  #work(): void {
    this.#native.settle();
    this.#wire.writeForHost(this.#port.read());
  }
}
