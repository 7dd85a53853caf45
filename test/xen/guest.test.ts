/** The guest that ships, as /init of a PV and of a PVH domain: the same of both. One boot each. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { encodeFrame } from '../../protocol/frame.ts';
import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import { writeSquashfs } from '../support/disks.ts';
import { makeAddonsDisk } from './support/addons-disk.ts';
import { bench, keepLogsOnFailure } from './support/bench.ts';
import type { DomainType } from './support/domain-config.ts';
import { XenGuest } from './support/xen-guest.ts';

const mebibyte = 1024 * 1024;
const stopCode = 7;
/** Less than the maximum, which Xen then populates on demand in a PVH guest. */
const memoryMiB = 496;

const launch: LaunchConfigInput = {
  version: 1,
  root: { format: 'squashfs' },
  logLevel: 'debug',
  network: {
    link: 'eth0',
    mtu: 1400,
    addresses: ['10.9.0.2/24', 'fd09::2/64'],
    routes: [
      { destination: '0.0.0.0/0', gateway: '10.9.0.1' },
      { destination: '::/0', gateway: 'fd09::1' },
    ],
  },
  container: { capAdd: ['CAP_SYS_MODULE', 'CAP_NET_ADMIN'] },
  process: {
    command: ['sh', '-c', `trap "echo stopped; exit ${stopCode}" TERM; echo begun; sleep 100000 & wait $!`],
  },
};

async function boot(type: DomainType): Promise<XenGuest> {
  const { host, directory, initramfsPath, rootDiskPath, imageConfig } = await bench();
  const configDiskPath = join(directory, 'config.squashfs');
  writeSquashfs(configDiskPath, { 'launch.json': JSON.stringify(launch), 'image/config.json': imageConfig });
  const guest = await XenGuest.create(host, {
    name: `guest-${type}`,
    type,
    directory,
    initramfsPath,
    diskPaths: [rootDiskPath, configDiskPath, makeAddonsDisk(directory)],
    memoryMiB,
    maxMemoryMiB: 512,
    // What is sent before init has the console must not be in its way.
    whilePaused: async (paused) => void paused.takeConsole().write(randomBytes(700)),
  });
  await guest.openSession();
  await guest.event('ready');
  return guest;
}

/** Waits until the guest has so much memory, by its metrics and as a process of the container sees it. */
async function memoryBecomes(guest: XenGuest, totalBytes: number): Promise<void> {
  await guest.until(`memory of ${totalBytes} bytes`, async () => {
    return (await guest.request('metrics', {})).machine.memory.totalBytes === totalBytes;
  });
  assert.equal(
    Number(await guest.shell("awk '/^MemTotal/ { print $2 }' /proc/meminfo")) * 1024,
    totalBytes,
    'a process sees what the metrics say',
  );
}

/** By how much init has changed the common bound of the containers, as its log tells. */
function boundChangeBytes(guest: XenGuest): number {
  const changes = [...guest.console.matchAll(/"boundBytes":\d+,"changeBytes":(-?\d+)/g)];
  return changes.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

const kinds = [
  { type: 'pv', hypervisorType: 'PV' },
  { type: 'pvh', hypervisorType: 'PVH' },
] as const;

for (const { type, hypervisorType } of kinds) {
  describe(`a ${hypervisorType} guest`, () => {
    let guest: XenGuest;
    keepLogsOnFailure();
    before(async () => {
      guest = await boot(type);
    });
    after(() => guest?.[Symbol.asyncDispose]());

    test('runs on Xen, its root, config and addons from xvda, xvdb and xvdc, noise before its first frame', async () => {
      assert.equal(
        await guest.shell('cat /sys/hypervisor/type /sys/hypervisor/guest_type'),
        `xen\n${hypervisorType}`,
      );
      const { machine } = await guest.request('metrics', {});
      assert.deepEqual(
        machine.disks.map(({ name }) => name).filter((name) => name.startsWith('xvd')),
        ['xvda', 'xvdb', 'xvdc'],
      );
      assert.equal(guest.output, 'begun\n');
      assert.equal(
        await guest.shell('awk \'$2 == "/" { print $1, $3 }\' /proc/mounts; echo $FROM_IMAGE'),
        'overlay overlay\nimage',
      );
    });

    test('loads a module of the addons disk', async () => {
      assert.equal(await guest.shell('ls /sys/class/net | tr "\\n" " "'), 'eth0 lo ');
      await guest.shell('modprobe dummy numdummies=1');
      assert.equal(await guest.shell('ls /sys/class/net | tr "\\n" " "'), 'dummy0 eth0 lo ');
      assert.equal(
        await guest.shell('touch /lib/modules/$(uname -r)/x 2>&1 | sed "s/.*: //"'),
        'Read-only file system',
      );
    });

    test('has its network by the config, without offloads, and reaches the control domain', async () => {
      const lines = await guest.shell(
        [
          "ip -o addr show dev eth0 | awk '$4 !~ /^fe80/ { print $4 }'",
          'cat /sys/class/net/eth0/mtu',
          "ip route | sed 's/ *$//'",
          "ip -6 route | grep default | sed -E 's/ +(metric|pref).*//'",
          '/lib/modules/$(uname -r)/offloads eth0',
          'ping -c 1 -W 10 10.9.0.1 >/dev/null && ping -6 -c 1 -W 10 fd09::1 >/dev/null && echo reached',
        ].join('\n'),
      );
      assert.deepEqual(lines.split('\n'), [
        '10.9.0.2/24',
        'fd09::2/64',
        '1400',
        'default via 10.9.0.1 dev eth0',
        '10.9.0.0/24 dev eth0 scope link  src 10.9.0.2',
        'default via fd09::1 dev eth0',
        'gso=0 tso=0',
        'reached',
      ]);
    });

    test('carries bytes over the second console as they are, both ways', async () => {
      await guest.request('ping', undefined);
      const { stdout } = await guest.exec(['head', '-c', '200000', '/bin/busybox']);
      assert.ok(stdout.equals(readFileSync('/bin/busybox').subarray(0, 200_000)), 'what came is in the file');
      const sent = randomBytes(50_000);
      const { streams } = await guest.request('exec', { args: ['sha256sum'], stdin: true });
      guest.client.writableStream(streams.stdin ?? 0).end(sent);
      const said = await guest.whileRunning(buffer(guest.client.readable(streams.stdout ?? 0)));
      assert.equal(said.toString().split(' ')[0], createHash('sha256').update(sent).digest('hex'));
    });

    test('goes on with a host that comes after another has gone, whatever is left on the line', async () => {
      const { exec } = await guest.start(['sh', '-c', 'echo a line; exit 4']);
      guest.leaveConsole();
      // The half of a frame, and noise.
      const line = guest.takeConsole();
      line.write(encodeFrame('request', 0, Buffer.alloc(500, 0x20)).subarray(0, 200));
      line.write(randomBytes(3000));
      await guest.openSession();
      await guest.request('ping', undefined);
      const ended = await guest.event('exec-exit', (event) => event.exec === exec);
      assert.equal(ended.code, 4);
      assert.equal(await guest.shell('echo again'), 'again');
    });

    test('does so when the backend of the console has died, over the same ring', async () => {
      const { exec, streams } = await guest.start(['sh', '-c', 'seq 1 20000; exit 3']);
      await guest.replaceBackend();
      await guest.openSession();
      const output = await guest.whileRunning(buffer(guest.client.readable(streams.stdout ?? 0)));
      assert.equal((await guest.event('exec-exit', (event) => event.exec === exec)).code, 3);
      assert.ok(output.toString().endsWith('19999\n20000\n'));
    });

    test('has as many CPUs as the host says: more, fewer, and more again', async () => {
      assert.equal(await guest.shell('nproc'), '1');
      for (const cpus of [2, 1, 2]) {
        // The bench has fewer processors itself.
        await guest.xl('vcpu-set', '--ignore-host', String(guest.domainId), String(cpus));
        await guest.until(`${cpus} CPUs`, async () => {
          return (await guest.request('metrics', {})).machine.onlineCpus === cpus;
        });
        assert.equal(await guest.shell('nproc'), String(cpus));
      }
    });

    test('prints on the first console what kernel and init have to say, and nothing of the channel', () => {
      assert.match(guest.console, /^\[ +\d+\.\d+\] /);
      assert.match(guest.console, /"cpus":\["cpu1"\],"msg":"brought online what the host added"/);
      assert.doesNotMatch(guest.console, /Kernel panic|begun/);
    });

    test('has less memory and more as the host says, and so have its containers', async () => {
      await guest.until('the balloon to settle', async () => {
        const files = 'target_kb info/current_kb';
        const sizes = await guest.shell(`cd /sys/devices/system/xen_memory/xen_memory0 && cat ${files}`);
        return /^(\d+)\n\1$/.test(sizes);
      });
      const boundBefore = boundChangeBytes(guest);
      const startBytes = (await guest.request('metrics', {})).machine.memory.totalBytes;
      for (const targetMiB of [480, 506]) {
        await guest.xl('mem-set', String(guest.domainId), String(targetMiB));
        await memoryBecomes(guest, startBytes + (targetMiB - memoryMiB) * mebibyte);
      }
      await guest.until('the bound of the containers to follow', () => {
        return boundChangeBytes(guest) === boundBefore + (506 - memoryMiB) * mebibyte;
      });
    });

    test('stops its workload in order upon "xl shutdown" and is gone', async () => {
      await guest.xl('shutdown', String(guest.domainId));
      assert.equal(await guest.end(), 0);
      const told = guest.events.filter(({ event }) => event === 'stopping' || event === 'exit');
      assert.deepEqual(
        told.map((event) => ('code' in event ? event.code : 'reason' in event ? event.reason : undefined)),
        ['power', stopCode],
      );
      assert.equal(guest.output, 'begun\nstopped\n');
      assert.match(guest.console, /"path":"data\/firstborn\/exit-code","code":7/);
      assert.doesNotMatch(guest.console, /Kernel panic|did not take the exit code|has acknowledged the exit/);
      await guest.gone();
      const { host } = await bench();
      const { output } = await host.run(['xl', 'list']);
      assert.equal(output.trimEnd().split('\n').length, 2, output);
    });
  });
}
