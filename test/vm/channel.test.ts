/** Hosts that vanish, come back, damage, flood, never read: on the port and on a console, without a monitor. */
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { ChannelClient } from '../../host/channel/channel-client.ts';
import { connectUnix } from '../../host/channel/unix-transport.ts';
import { encodeControl, encodeData, encodeFrame, encodeOffset } from '../../protocol/frame.ts';
import { streamWindowBytes } from '../../protocol/limits.ts';
import type { Event } from '../../protocol/messages.ts';
import { mainStreams } from '../../protocol/names.ts';
import { prepareRootDisk, scratchDirectory, writeSquashfs } from '../support/disks.ts';
import { channelOnConsole, withMachine } from '../support/raw-machine.ts';
import { busybox } from '../support/test-images.ts';
import { join } from 'node:path';

const bootDeadlineMs = 120_000;
const lineBytes = 16;

const scratch = scratchDirectory();
let rootDiskPath = '';
let imageConfig = '';
before(async () => {
  const prepared = await prepareRootDisk(busybox, scratch.path);
  rootDiskPath = prepared.rootDiskPath;
  imageConfig = prepared.imageConfigBytes.toString();
});
after(() => scratch[Symbol.dispose]());

function configDisk(name: string, script: string): string {
  const path = join(scratch.path, `${name}.squashfs`);
  const launch = { version: 1, root: { format: 'squashfs' }, process: { command: ['sh', '-c', script] } };
  writeSquashfs(path, { 'launch.json': JSON.stringify(launch), 'image/config.json': imageConfig });
  return path;
}

const connect = (socketPath: string): Promise<Duplex> =>
  connectUnix(socketPath, { deadlineMs: 10_000, signal: AbortSignal.timeout(bootDeadlineMs) });

/** A host that keeps what it hears. */
class Listener {
  readonly client: ChannelClient;
  readonly events: Event[] = [];
  output = Buffer.alloc(0);
  missingBytes = 0;

  constructor(resume?: ConstructorParameters<typeof ChannelClient>[0]) {
    this.client = new ChannelClient(resume);
    this.client.on('event', (event) => this.events.push(event));
    this.client.on('gap', ({ missingBytes }) => {
      this.missingBytes += missingBytes;
    });
  }

  listen(): void {
    this.client.readable(mainStreams.stdout).on('data', (piece: Buffer) => {
      this.output = Buffer.concat([this.output, piece]);
    });
  }

  async open(socketPath: string): Promise<void> {
    const opened = once(this.client, 'opened', { signal: AbortSignal.timeout(bootDeadlineMs) });
    this.client.attach(await connect(socketPath));
    await opened;
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(bootDeadlineMs);
    while (!condition()) {
      if (signal.aborted) throw new Error(`Waited in vain for ${what}; ${this.output.length} bytes came`);
      await sleep(20);
    }
  }

  untilEvent(name: Event['event']): Promise<void> {
    return this.until(`"${name}"`, () => this.events.some(({ event }) => event === name));
  }

  /** The numbers of the lines that came whole. */
  get numbers(): number[] {
    return this.output
      .toString('latin1')
      .split('\n')
      .filter((line) => line.length === lineBytes - 1)
      .map(Number);
  }
}

/** Prints its line numbers, sixteen bytes each, until it is asked to stop; then exits with 7. */
const counting = (pause: string): string =>
  `trap "exit 7" TERM; i=0; while :; do printf "%015d\\n" $i; i=$((i + 1)); ${pause}; done`;

/** What garbage looks like: noise, halves of frames, frames with a bit turned, nonsense in whole frames. */
function damage(): Buffer {
  const frames = [
    encodeControl('hello', { protocol: { min: 1, max: 1 }, session: randomBytes(8).toString('hex') }),
    encodeControl('request', { id: randomInt(1, 1000), method: 'stop', params: {} }),
    encodeData(mainStreams.stdin, randomInt(1 << 20), randomBytes(randomInt(2000))),
    encodeFrame('credit', mainStreams.stdout, encodeOffset(randomInt(1 << 30))),
  ];
  const frame = Buffer.from(frames[randomInt(frames.length)] as Buffer);
  switch (randomInt(5)) {
    case 0:
      return randomBytes(randomInt(1, 5000));
    case 1:
      return frame.subarray(0, randomInt(frame.length));
    case 2:
      return encodeFrame('request', 0, randomBytes(randomInt(300)));
    case 3:
      return encodeControl('request', { id: randomInt(10), method: 'x'.repeat(randomInt(100)) });
    default: {
      const bit = randomInt(frame.length * 8);
      frame[bit >> 3] = (frame[bit >> 3] as number) ^ (1 << (bit & 7));
      return frame;
    }
  }
}

/** Sends damage for a while on connections of a second or two, reading on some of them only. */
async function damageFor(durationMs: number, socketPath: string): Promise<void> {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    const transport = await connect(socketPath);
    transport.on('error', () => {});
    if (randomInt(2) === 0) transport.resume();
    const leaveMs = performance.now() + randomInt(500, 2000);
    while (performance.now() < leaveMs) {
      if (transport.writableLength < 1 << 20) transport.write(damage());
      await sleep(5);
    }
    transport.destroy();
    await sleep(50);
  }
}

interface Transport {
  name: string;
  /** Changes QEMU's words. */
  command: (args: string[]) => string[];
}
const transports: Transport[] = [
  { name: 'port', command: (args) => args },
  { name: 'console', command: channelOnConsole },
];

/** Boots a machine with this workload and leaves its channel to `use`. */
async function boot(
  name: string,
  transport: Transport,
  script: string,
  use: (socketPath: string) => Promise<void>,
): Promise<void> {
  const configDiskPath = configDisk(`${name}-${transport.name}`, script);
  await withMachine({ rootDiskPath, configDiskPath, command: transport.command }, use);
}

async function survivesNoise(transport: Transport): Promise<void> {
  await boot('noise', transport, counting('usleep 20000'), async (socketPath) => {
    const first = new Listener();
    await first.open(socketPath);
    await first.untilEvent('boot-timeline'); // the last that a quiet guest says
    const quiet = await first.client.request('metrics', {});
    // Answered behind the acknowledgement of all events so far.
    await first.client.request('ping', undefined);
    first.client.close();
    await damageFor(60_000, socketPath);
    const second = new Listener();
    await second.open(socketPath);
    second.listen();
    await second.until('some lines', () => second.numbers.length > 100);
    const { numbers } = second;
    // What is missing was said to be, and everything else is there, in order.
    assert.equal(numbers[0], Math.ceil(second.missingBytes / lineBytes));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => (numbers[0] as number) + index),
    );
    const { machine } = await second.client.request('metrics', {});
    const growth = machine.init.residentBytes / quiet.machine.init.residentBytes;
    assert.ok(growth < 1.5, `init grew by the factor ${growth.toFixed(2)}`);
    await second.client.request('stop', {});
    await second.untilEvent('exit');
    const exit = second.events.find(({ event }) => event === 'exit');
    assert.equal(exit?.event === 'exit' ? exit.code : undefined, 7);
    // Nothing that the noise said was taken for a word of ours, and what was acknowledged before does not come again.
    assert.deepEqual(
      second.events.map(({ event }) => event),
      ['stopping', 'exit'],
    );
    second.client.close();
  });
}

async function resumes(transport: Transport): Promise<void> {
  await boot('away', transport, counting(':'), async (socketPath) => {
    const listener = new Listener();
    await listener.open(socketPath);
    listener.listen();
    await listener.until('the first lines', () => listener.numbers.length > 1000);
    for (let round = 0; round < 5; round += 1) {
      const { length } = listener.output;
      await listener.open(socketPath); // the old transport is cut wherever it happens to be
      await listener.until('more lines', () => listener.output.length > length + 100_000);
    }
    assert.equal(listener.missingBytes, 0);
    assert.deepEqual(
      listener.numbers,
      listener.numbers.map((_, index) => index),
    );
    const { received, acknowledged } = listener.client;
    const resume = { received: new Map(received), acknowledged };
    listener.client.close();
    const lastNumber = listener.numbers.at(-1) as number;
    // Long enough for the guest to notice, on a console by silence alone, and to go on without us.
    await sleep(25_000);
    const later = new Listener(resume);
    await later.open(socketPath);
    later.listen();
    await later.until('later lines', () => later.output.length > 2 * streamWindowBytes);
    assert.ok(later.missingBytes > 0, 'the workload went on without a host');
    const [firstNumber = 0] = later.numbers;
    assert.equal(Math.ceil(lastNumber + 1 + later.missingBytes / lineBytes) - firstNumber <= 1, true);
    assert.deepEqual(
      later.numbers,
      later.numbers.map((_, index) => firstNumber + index),
    );
    assert.deepEqual(later.events, [], 'nothing that was acknowledged comes again');
    later.client.close();
  });
}

async function survivesRudeness(transport: Transport): Promise<void> {
  await boot('rude', transport, counting('usleep 1000'), async (socketPath) => {
    const deaf = await connect(socketPath);
    deaf.on('error', () => {});
    const session = randomBytes(16).toString('hex');
    deaf.write(encodeControl('hello', { protocol: { min: 1, max: 1 }, session, features: [] }));
    deaf.write(encodeFrame('credit', mainStreams.stdout, encodeOffset(1 << 30)));
    for (let id = 1; id <= 2_000; id += 1) {
      deaf.write(encodeControl('request', { id, method: 'metrics', params: {} }));
    }
    await sleep(20_000);
    deaf.destroy();
    const newer = await connect(socketPath);
    newer.on('error', () => {});
    newer.write(encodeControl('hello', { protocol: { min: 7, max: 9 }, session, features: [] }));
    let answer = '';
    for await (const piece of newer as AsyncIterable<Buffer>) {
      answer += piece.toString('latin1');
      if (answer.includes('"code":"version"')) break;
    }
    newer.destroy();
    const listener = new Listener();
    await listener.open(socketPath);
    listener.listen();
    await listener.until('lines', () => listener.numbers.length > 100);
    const { machine } = await listener.client.request('metrics', {});
    assert.ok(
      machine.init.residentBytes < 160 * 1024 * 1024,
      `init takes ${machine.init.residentBytes} bytes`,
    );
    await listener.client.request('stop', {});
    await listener.untilEvent('exit');
    listener.client.close();
  });
}

// Most of the time is spent waiting, so the machines wait together.
describe('a host', { concurrency: 2 }, () => {
  for (const transport of transports) {
    describe(`on a ${transport.name}`, { concurrency: 1 }, () => {
      test('sixty seconds of noise and flipped bits leave the workload untouched', () =>
        survivesNoise(transport));
      test('a host that goes for a moment loses nothing, one that stays away loses what exceeds the ring', () =>
        resumes(transport));
      test('a host that never reads, floods with requests or speaks another version does no harm', () =>
        survivesRudeness(transport));
    });
  }
});
