/** What a host does to a machine as a whole: clock, entropy, sync, freeze, CPUs and memory. All in one machine. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { GuestRefusal } from '../../host/channel/guest-refusal.ts';
import { maxEntropyBytes } from '../../protocol/limits.ts';
import { dataDiskSerial, makeDataDisk, withDataDisk } from '../support/data-disk.ts';
import { scratchDirectory } from '../support/disks.ts';
import { RawGuest } from '../support/raw-guest.ts';

const mebibyte = 1024 * 1024;
const hourMs = 3_600_000;
/** For how long something that stands still is looked at. */
const standstillMs = 500;

const scratch = scratchDirectory();
const dataDisk = makeDataDisk(scratch.path);
let guest: RawGuest;
before(async () => {
  guest = await RawGuest.boot({
    launch: {
      process: { command: ['sh', '-c', 'trap "echo stopped; exit 5" TERM; sleep 100000 & wait $!'] },
      mounts: [{ type: 'disk', serial: dataDiskSerial, format: 'ext4', destination: '/data' }],
    },
    describe: withDataDisk(dataDisk),
    command: withRoomToGrow,
  });
});
after(async () => {
  await guest?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

/** Room for a second CPU and more memory, and a clock that is years behind. */
function withRoomToGrow(args: string[]): string[] {
  const grown = args.map((word, index) => {
    if (args[index - 1] === '-smp') return '1,maxcpus=2';
    return args[index - 1] === '-m' ? `${word},slots=2,maxmem=1G` : word;
  });
  return [...grown, '-rtc', 'base=2020-01-01'];
}

/** How far the clock that a process of the container reads is from this machine's, at the least. */
async function clockErrorMs(): Promise<number> {
  const earliestMs = Date.now();
  const guestSeconds = Number(await guest.shell('date +%s'));
  const latestMs = Date.now();
  const guestEndMs = (guestSeconds + 1) * 1000;
  return Math.max(0, earliestMs - guestEndMs, guestSeconds * 1000 - latestMs);
}

/** Passes time by the guest's own clock. */
async function passTime(durationMs: number): Promise<void> {
  const { timeMs } = await guest.request('metrics', {});
  await guest.until('time to pass', async () => {
    return (await guest.request('metrics', {})).timeMs > timeMs + durationMs;
  });
}

test('a session puts right a clock that is years or an hour off', async () => {
  await guest.until('the right time', async () => (await clockErrorMs()) < 1000);
  const { unixMs, steppedMs } = await guest.request('clock', { stepMs: -hourMs });
  assert.equal(steppedMs, -hourMs);
  assert.ok(Math.abs(Date.now() - hourMs - unixMs) < 10_000, `the clock is at ${unixMs}`);
  await guest.openSession();
  await guest.until('the right time again', async () => (await clockErrorMs()) < 1000);
});

test('a small step is left out and a senseless one refused', async () => {
  assert.equal((await guest.request('clock', { stepMs: 50 })).steppedMs, 0);
  await assert.rejects(guest.request('clock', { stepMs: -1e15 }), isRefusal('bad-request'));
});

test('entropy is taken', async () => {
  await guest.request('entropy', { bytes: randomBytes(maxEntropyBytes).toString('base64') });
  const tooMuch = randomBytes(maxEntropyBytes + 3).toString('base64');
  await assert.rejects(guest.request('entropy', { bytes: tooMuch }), isRefusal('bad-request'));
});

test('sync writes to the disk what only the page cache holds', async () => {
  const marker = randomBytes(64);
  await guest.shell(`printf '${[...marker].map((byte) => `\\${byte.toString(8)}`).join('')}' > /data/marker`);
  await guest.request('sync', {});
  assert.ok(readFileSync(dataDisk).includes(marker));
});

const isRefusal = (code: string) => (error: unknown) =>
  error instanceof GuestRefusal && error.reply.code === code;

/** A process that works without end, and what it has printed so far. */
async function startCounting(): Promise<{ printedBytes: () => number }> {
  const script = 'i=0; while :; do i=$((i+1)); echo $i; echo $i > /data/count; done';
  const { streams } = await guest.start(['sh', '-c', script]);
  guest.client.readable(streams.stderr as number).resume();
  let printedBytes = 0;
  guest.client.readable(streams.stdout as number).on('data', (bytes: Buffer) => {
    printedBytes += bytes.length;
  });
  return { printedBytes: () => printedBytes };
}

async function usedCpuUs(): Promise<number> {
  const { containers } = await guest.request('metrics', {});
  return containers[0]?.cpu?.usageUs ?? Number.NaN;
}

test('a frozen container stands still, thaws when asked to and by itself, and is stopped like any other', async () => {
  const counting = await startCounting();
  const goesOn = async (): Promise<void> => {
    const length = counting.printedBytes();
    await guest.until('more output', () => counting.printedBytes() > length);
  };
  await goesOn();

  await guest.request('freeze', {});
  const usedUs = await usedCpuUs();
  assert.equal((await guest.request('stat', { path: '/data/count' })).type, 'file');
  await assert.rejects(guest.start(['true']), isRefusal('busy'));
  await passTime(standstillMs);
  assert.equal(await usedCpuUs(), usedUs);
  const length = counting.printedBytes();
  await passTime(standstillMs);
  assert.equal(counting.printedBytes(), length, 'what was in the pipe has come, and nothing more');
  await guest.request('thaw', {});
  await goesOn();
  await guest.request('thaw', {});

  const frozenMs = performance.now();
  await guest.request('freeze', { thawAfterMs: 2000 });
  const frozenUs = await usedCpuUs();
  await guest.until('the thaw', async () => (await usedCpuUs()) > frozenUs);
  assert.ok(performance.now() - frozenMs > 1500, 'it thaws no sooner');
  await goesOn();
});

test('a CPU that the host adds is there for the container', async () => {
  assert.equal(await guest.shell('nproc'), '1');
  await guest.qmp.execute('device_add', {
    driver: 'max-x86_64-cpu',
    id: 'cpu1',
    'socket-id': 0,
    'core-id': 1,
    'thread-id': 0,
  });
  await guest.until('the second CPU', async () => {
    return (await guest.request('metrics', {})).machine.onlineCpus === 2;
  });
  assert.equal(await guest.shell('nproc'), '2');
});

test('memory that the host adds is there for the container', async () => {
  const totalBytes = async (): Promise<number> =>
    Number(await guest.shell("awk '/^MemTotal/ { print $2 }' /proc/meminfo")) * 1024;
  const bootBytes = await totalBytes();
  await guest.qmp.execute('object-add', {
    'qom-type': 'memory-backend-ram',
    id: 'mem1',
    size: 128 * mebibyte,
  });
  await guest.qmp.execute('device_add', { driver: 'pc-dimm', id: 'dimm1', memdev: 'mem1' });
  await guest.until('the memory', async () => {
    return (await guest.request('metrics', {})).machine.memory.totalBytes >= bootBytes + 128 * mebibyte;
  });
  assert.equal(await totalBytes(), bootBytes + 128 * mebibyte);
});

test('a frozen container can be stopped', async () => {
  await guest.request('freeze', {});
  await guest.request('stop', {});
  const { code, reason } = await guest.event('exit');
  assert.deepEqual({ code, reason }, { code: 5, reason: 'exited' });
  assert.equal((await guest.event('stopping')).reason, 'request');
  assert.equal(guest.output, 'stopped\n');
  assert.equal(await guest.end(), 'guest-shutdown');
});
