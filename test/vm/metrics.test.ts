/** What the machine and its processes use, as the channel tells it and as the container itself sees it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  ContainerMetrics,
  MachineMetrics,
  type Metrics,
  type ProcessMetrics,
} from '../../protocol/metrics.ts';
import { dataDiskSerial, makeDataDisk, withDataDisk } from '../support/data-disk.ts';
import { scratchDirectory } from '../support/disks.ts';
import { inMainShell, mainShellProcess } from '../support/main-shell.ts';
import { RawGuest } from '../support/raw-guest.ts';

const mebibyte = 1024 * 1024;
const mac = '52:54:00:12:34:56';
const limits = { memoryBytes: 256 * mebibyte, pids: 500 };

const scratch = scratchDirectory();
const describeDisk = withDataDisk(
  makeDataDisk(scratch.path, { 'eight-mebibytes': randomBytes(8 * mebibyte) }),
);
let guest: RawGuest;
before(async () => {
  guest = await RawGuest.boot({
    launch: {
      process: mainShellProcess,
      mounts: [{ type: 'disk', serial: dataDiskSerial, format: 'ext4', destination: '/data' }],
      network: {
        link: 'eth0',
        mac,
        addresses: ['10.0.2.15/24'],
        routes: [{ destination: '0.0.0.0/0', gateway: '10.0.2.2' }],
      },
      limits,
    },
    describe: (description) => ({
      ...describeDisk(description),
      network: {
        kind: 'user',
        mac,
        ipv4: { network: '10.0.2.0/24', host: '10.0.2.2', dns: '10.0.2.3' },
        ipv6: undefined,
      },
    }),
  });
});
after(async () => {
  await guest?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

/** All that a container's metrics may have. */
type Container = {
  [Key in keyof ContainerMetrics]-?: NonNullable<ContainerMetrics[Key]>;
};

async function measure(): Promise<{ machine: Metrics['machine']; container: Container }> {
  const { machine, containers } = await guest.request('metrics', {});
  assert.equal(containers.length, 1);
  return { machine, container: containers[0] as Container };
}

/** The numbers that a script prints, one or more in a line. */
async function numbers(script: string): Promise<number[]> {
  return (await guest.shell(script)).trim().split(/\s+/).map(Number);
}

/** A counter as the container reads it lies between what was told before and after. */
function assertBetween(low: number, value: number | undefined, high: number, what: string): void {
  assert.ok(value !== undefined && low <= value && value <= high, `${what}: ${low} <= ${value} <= ${high}`);
}

/** The names of a schema's fields. */
const fieldsOf = (schema: { shape: object }): string[] => Object.keys(schema.shape).toSorted();

test('every field that this kernel offers is there', async () => {
  const { machine, container } = await measure();
  assert.deepEqual(Object.keys(machine).toSorted(), fieldsOf(MachineMetrics));
  assert.deepEqual(Object.keys(container).toSorted(), fieldsOf(ContainerMetrics));
  assert.deepEqual(Object.keys(machine.pressure).toSorted(), ['cpu', 'io', 'memory']);
  assert.deepEqual(Object.keys(container.pressure).toSorted(), ['cpu', 'io', 'memory']);
  assert.equal(container.id, 'main');
  // Nothing throttles it, so there is nothing to be said about that.
  assert.deepEqual(Object.keys(container.cpu).toSorted(), ['systemUs', 'usageUs', 'userUs']);
  assert.equal('peakBytes' in container.memory, true);
  assert.equal('swapBytes' in container.memory, true);
  assert.equal('peak' in container.pids, (await guest.shell('ls /sys/fs/cgroup')).includes('pids.peak'));
  assert.deepEqual(machine.interfaces.map(({ name }) => name).toSorted(), ['eth0', 'lo']);
  assert.deepEqual(machine.disks.map(({ name }) => name).toSorted(), ['vda', 'vdb', 'vdc']);
});

test('the machine’s memory, time, load and processors are as /proc has them', async () => {
  const earlier = (await measure()).machine;
  const meminfo = await guest.shell('cat /proc/meminfo');
  const [uptimeSeconds = 0] = await numbers('cut -d " " -f 1 /proc/uptime');
  const [user = 0, , , idle = 0] = await numbers('head -n 1 /proc/stat | cut -d " " -f 3-');
  const load = await numbers('cut -d " " -f 1-3 /proc/loadavg');
  const later = (await measure()).machine;
  const kibibytes = (key: string): number => Number(new RegExp(`^${key}: +(\\d+)`, 'm').exec(meminfo)?.[1]);
  assert.equal(later.memory.totalBytes, kibibytes('MemTotal') * 1024);
  assert.equal(later.memory.swapTotalBytes, 0);
  for (const [value, key] of [
    [later.memory.freeBytes, 'MemFree'],
    [later.memory.availableBytes, 'MemAvailable'],
  ] as const) {
    assert.ok(Math.abs(value - kibibytes(key) * 1024) < 32 * mebibyte, `${key}: ${value}`);
  }
  assertBetween(earlier.uptimeMs, uptimeSeconds * 1000, later.uptimeMs, 'uptime');
  assertBetween(earlier.cpu.userUs, user * 10_000, later.cpu.userUs, 'user time');
  assertBetween(earlier.cpu.idleUs, idle * 10_000, later.cpu.idleUs, 'idle time');
  assert.equal(later.onlineCpus, 1);
  // The kernel counts anew every five seconds, a hundredth is its grain.
  for (const [index, value] of later.load.entries()) assert.ok(Math.abs(value - load[index]!) < 1);
  assert.ok(
    later.init.residentBytes > 10 * mebibyte && later.init.openFds > 3 && later.init.heapUsedBytes > 0,
  );
});

test('packets are counted as the container counts them', async () => {
  const counters = 'rx_bytes rx_packets rx_errors rx_dropped tx_bytes tx_packets tx_errors tx_dropped';
  const statistics = `cd /sys/class/net/eth0/statistics && cat ${counters}`;
  const earlier = (await measure()).machine.interfaces.find(({ name }) => name === 'eth0')!;
  await guest.shell('ping -c 3 -i 0.1 10.0.2.2');
  const values = await numbers(statistics);
  const later = (await measure()).machine.interfaces.find(({ name }) => name === 'eth0')!;
  const inOrder = (metrics: typeof earlier): number[] => [
    metrics.receivedBytes,
    metrics.receivedPackets,
    metrics.receiveErrors,
    metrics.receiveDrops,
    metrics.sentBytes,
    metrics.sentPackets,
    metrics.sendErrors,
    metrics.sendDrops,
  ];
  for (const [index, value] of values.entries()) {
    assertBetween(inOrder(earlier)[index]!, value, inOrder(later)[index]!, counters.split(' ')[index]!);
  }
  assert.ok(later.sentPackets >= earlier.sentPackets + 3, 'the requests were counted');
  assert.ok(later.receivedPackets >= earlier.receivedPackets + 3, 'the replies were counted');
});

test('the container’s time on the CPU grows under load, and so does the machine’s', async () => {
  const earlier = await measure();
  const stat = await inMainShell(
    guest,
    'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; cat /sys/fs/cgroup/cpu.stat',
  );
  const later = await measure();
  const [, usageUs] = /^usage_usec (\d+)$/m.exec(stat) ?? [];
  assertBetween(1, Number(usageUs), later.container.cpu.usageUs, 'usage of the first process');
  const usedUs = later.container.cpu.usageUs - earlier.container.cpu.usageUs;
  assert.ok(usedUs > 10_000, `${usedUs} us`);
  assert.ok(later.container.cpu.userUs > earlier.container.cpu.userUs);
  assert.ok(later.machine.cpu.userUs > earlier.machine.cpu.userUs);
  const { pressure } = later.container;
  for (const line of [pressure.cpu?.some, pressure.memory?.some, pressure.io?.some]) {
    assert.ok(line !== undefined && line.avg10 <= 100 && line.totalUs >= 0);
  }
});

test('memory shows what is used, its peak and the limits', async () => {
  const earlier = (await measure()).container.memory;
  const fill =
    'dd if=/dev/zero of=/dev/shm/fill bs=1M count=32 2>/dev/null; cat /sys/fs/cgroup/memory.current';
  const ownBytes = Number(await inMainShell(guest, fill));
  const full = (await measure()).container.memory;
  const [maxBytes] = await numbers('cat /sys/fs/cgroup/memory.max');
  await inMainShell(guest, 'rm /dev/shm/fill');
  const later = (await measure()).container.memory;
  assert.ok(full.sharedBytes >= earlier.sharedBytes + 32 * mebibyte, `${full.sharedBytes} of shared memory`);
  assert.ok(full.currentBytes >= earlier.currentBytes + 30 * mebibyte);
  assert.ok(Math.abs(full.currentBytes - ownBytes) < 8 * mebibyte, `${full.currentBytes} and ${ownBytes}`);
  assert.ok(later.currentBytes < full.currentBytes - 24 * mebibyte);
  assert.ok((later.peakBytes ?? 0) >= full.currentBytes);
  assert.deepEqual([later.maxBytes, maxBytes], [limits.memoryBytes, limits.memoryBytes]);
  assert.equal(later.highBytes, null);
  assert.deepEqual(later.events, { low: 0, high: 0, max: 0, oom: 0, oomKill: 0 });
});

/** Bytes that container and machine have read and written, and the container's writes. */
async function diskCounters(): Promise<number[]> {
  const { machine, container } = await measure();
  const io = container.io.find(({ device }) => device === 'vdc');
  const disk = machine.disks.find(({ name }) => name === 'vdc')!;
  return [io?.readBytes ?? 0, disk.readBytes, io?.writtenBytes ?? 0, disk.writtenBytes, io?.writes ?? 0];
}

test('what is read from and written to a disk is counted for container and machine', async () => {
  const earlier = await diskCounters();
  await guest.shell('cat /data/eight-mebibytes > /dev/null');
  await guest.shell('dd if=/dev/urandom of=/data/written bs=1M count=4 conv=fsync 2>/dev/null');
  const later = await diskCounters();
  const [read, machineRead, written, machineWritten, writes] = later.map((value, at) => value - earlier[at]!);
  assertBetween(8 * mebibyte, read, machineRead!, 'read');
  assertBetween(4 * mebibyte, written, machineWritten!, 'written');
  assert.ok(writes! > 0);
});

test('samples come at the interval that was asked for, and end', async () => {
  const samples: Metrics[] = [];
  guest.client.on('sample', (sample) => samples.push(sample));
  await guest.client.watchMetrics(100);
  await guest.until('six samples', () => samples.length >= 6);
  await guest.client.watchMetrics(null);
  const { length } = samples;
  const { timeMs } = await guest.request('metrics', {});
  await guest.until('time to pass', async () => (await guest.request('metrics', {})).timeMs > timeMs + 500);
  assert.equal(samples.length, length, 'none comes after the end');
  for (const [index, sample] of samples.slice(1).entries()) {
    const previous = samples[index]!;
    assert.ok(sample.timeMs > previous.timeMs);
    assert.ok(sample.machine.uptimeMs >= previous.machine.uptimeMs);
    assert.ok(sample.containers[0]!.cpu!.usageUs >= previous.containers[0]!.cpu!.usageUs);
  }
});

async function processes(): Promise<{ list: ProcessMetrics[]; replies: number }> {
  const list: ProcessMetrics[] = [];
  for (let replies = 1; ; replies += 1) {
    const reply = await guest.request('processes', { after: list.at(-1)?.pid ?? 0 });
    list.push(...reply.processes);
    if (!reply.more) return { list, replies };
  }
}

test('a process is told of as the container’s ps has it', async () => {
  const startMs = performance.now();
  const { pid, streams } = await guest.start(['sleep', '12345'], { user: 'app', cwd: '/srv' });
  const found = (await processes()).list.find((process) => process.pid === pid)!;
  const [containerPid = 0, virtualKiB, residentKiB] = await numbers(
    "ps -o pid,vsz,rss,args | sed -n 's/ sleep 12345$//p'",
  );
  const status = await guest.shell(`cat /proc/${containerPid}/status`);
  const word = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const { lifetimeMs, cpuMs, residentBytes, virtualBytes, ...rest } = found;
  assert.deepEqual(rest, {
    pid,
    containerPid,
    parentPid: 1,
    state: 'S',
    name: 'sleep',
    executable: '/bin/busybox',
    cwd: '/srv',
    command: ['sleep', '12345'],
    threads: 1,
    uid: 1000,
    effectiveUid: 1000,
    gid: 1001,
    effectiveGid: 1001,
  });
  assert.deepEqual([residentBytes, virtualBytes], [word('VmRSS') * 1024, word('VmSize') * 1024]);
  assert.deepEqual([residentKiB, virtualKiB], [word('VmRSS'), word('VmSize')]);
  assertBetween(0, lifetimeMs, performance.now() - startMs + 1000, 'lifetime');
  assert.ok(cpuMs < 5000);
  await guest.request('signal', { exec: (await guest.request('execs', {})).execs[0]!.exec, signal: 9 });
  for (const id of [streams.stdout, streams.stderr]) guest.client.readable(id as number).resume();
});

test('more processes than fit one reply come in several, in order and each once', async () => {
  const { pid: mainPid } = await guest.event('ready');
  await inMainShell(guest, 'for i in $(seq 150); do sleep 54321 & done');
  const { list, replies } = await processes();
  const { container } = await measure();
  const sleepers = list.filter(({ command }) => command[1] === '54321');
  await inMainShell(guest, 'killall -9 sleep; wait');
  assert.equal(sleepers.length, 150);
  assert.ok(sleepers.every(({ parentPid }) => parentPid === mainPid));
  assert.ok(replies >= 3, `${replies} replies`);
  assert.deepEqual(
    list.map(({ pid }) => pid),
    [...new Set(list.map(({ pid }) => pid))].toSorted((one, other) => one - other),
  );
  assert.equal(list.find(({ pid }) => pid === mainPid)?.containerPid, 1);
  assert.deepEqual([container.pids.current, container.pids.max], [list.length, limits.pids]);
  assert.ok((await measure()).container.pids.current < 10);
});
