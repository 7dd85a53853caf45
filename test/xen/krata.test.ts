/** What krata's hosts make for a guest boots unchanged on Xen, and leaves what they look for. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { bench, keepLogsOnFailure } from './support/bench.ts';
import { XenGuest } from './support/xen-guest.ts';

const exitCode = 42;

/** Says a fact a line, then waits to be stopped. */
const workload = [
  'echo "$0 $1 $$ $(pwd) $(id -u)"',
  'hostname',
  'cat /etc/hostname /etc/hosts /etc/resolv.conf',
  'env | grep -E "KRATA|TERM|FROM|OVERRIDDEN" | sort',
  'cat /proc/self/cgroup',
  `awk '$2 ~ "^/(proc|sys|dev|dev/pts|dev/shm|dev/mqueue|sys/fs/cgroup)?$" { print $2, $3 }' /proc/mounts`,
  "ip -o addr show dev eth0 | awk '$4 !~ /^fe80/ { print $4 }'",
  "ip route | sed 's/ *$//'; ip -6 route | grep default | sed -E 's/ +(metric|pref).*//'",
  `trap "exit ${exitCode}" TERM`,
  'echo end',
  'sleep 100000 & wait $!',
].join('\n');

const launch = {
  root: { format: 'squashfs' },
  hostname: 'zone-1',
  network: {
    link: 'eth0',
    ipv4: { address: '10.9.0.2/24', gateway: '10.9.0.1' },
    ipv6: { address: 'fd09::2/64', gateway: 'fd09::1' },
    resolver: { nameservers: ['1.1.1.1', '2606:4700:4700::1111'] },
  },
  env: { FROM_LAUNCH: 'launch', OVERRIDDEN: 'launch' },
  run: ['sh', '-c', workload, 'zero', 'one'],
};

const expected = [
  'zero one 1 / 0',
  'zone-1',
  'zone-1',
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  '127.0.1.1\tzone-1',
  'nameserver 1.1.1.1',
  'nameserver 2606:4700:4700::1111',
  'FROM_IMAGE=image',
  'FROM_LAUNCH=launch',
  'KRATA_CONTAINER=1',
  'OVERRIDDEN=launch',
  'TERM=xterm',
  '0::/',
  '/ overlay',
  '/proc proc',
  '/dev tmpfs',
  '/dev/pts devpts',
  '/dev/shm tmpfs',
  '/dev/mqueue mqueue',
  '/sys sysfs',
  '/sys/fs/cgroup cgroup2',
  '10.9.0.2/24',
  'fd09::2/64',
  'default via 10.9.0.1 dev eth0',
  '10.9.0.0/24 dev eth0 scope link  src 10.9.0.2',
  'default via fd09::1 dev eth0',
  'end',
];

/** The config disk as krata's runtime writes it: compressed by xz, everything for root alone. */
function writeConfigDisk(directory: string, imageConfig: string): string {
  const tree = join(directory, 'krata-config');
  const disk = join(directory, 'krata-config.squashfs');
  mkdirSync(join(tree, 'image'), { recursive: true });
  writeFileSync(join(tree, 'image/config.json'), imageConfig, { mode: 0o600 });
  writeFileSync(join(tree, 'launch.json'), JSON.stringify(launch), { mode: 0o600 });
  chmodSync(join(tree, 'image'), 0o600);
  const options = ['-comp', 'xz', '-all-root', '-noappend', '-quiet', '-no-progress'];
  execFileSync('mksquashfs', [tree, disk, ...options], { stdio: 'ignore' });
  return disk;
}

describe("krata's disks", () => {
  keepLogsOnFailure();
  for (const type of ['pv', 'pvh'] as const) {
    test(`boot unchanged in a ${type.toUpperCase()} guest, which leaves its exit code where krata looks for it`, async () => {
      const { host, directory, initramfsPath, rootDiskPath, imageConfig } = await bench();
      await using guest = await XenGuest.boot(host, {
        name: `krata-${type}`,
        type,
        directory,
        initramfsPath,
        diskPaths: [rootDiskPath, writeConfigDisk(directory, imageConfig)],
        commandLine: 'console=hvc0 quiet',
        atEnd: 'preserve',
        whilePaused: (paused) => paused.makeWritable('krata/zone'),
      });
      await guest.until('what the workload sees', () => guest.output.endsWith('end\n'));
      assert.deepEqual(guest.output.trimEnd().split('\n'), expected);

      await guest.xl('reboot', String(guest.domainId));
      assert.equal(await guest.end(), 1);
      const stopping = guest.events.find((event) => event.event === 'stopping');
      const exit = guest.events.find((event) => event.event === 'exit');
      assert.deepEqual([stopping?.reason, exit?.code], ['control-alt-delete', exitCode]);
      assert.equal(await guest.readStore('krata/zone/exit-code'), String(exitCode));
      assert.equal(await guest.readStore('data/firstborn/exit-code'), String(exitCode));
    });
  }
});
