/** Machines as hosts other than ours make them: krata's disks, no serials, the channel on a console. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { MachineDescription } from '../../host/vm/machine-description.ts';
import { prepareRootDisk, scratchDirectory, writeSquashfs } from '../support/disks.ts';
import { RawGuest } from '../support/raw-guest.ts';
import { bootMachine, channelOnConsole, type RawMachineOptions } from '../support/raw-machine.ts';
import { busybox } from '../support/test-images.ts';

const scratch = scratchDirectory();
let rootDiskPath = '';
let imageConfig = '';

before(async () => {
  const prepared = await prepareRootDisk(busybox, scratch.path);
  rootDiskPath = prepared.rootDiskPath;
  imageConfig = prepared.imageConfigBytes.toString();
});
after(() => scratch[Symbol.dispose]());

function configDisk(name: string, launch: unknown): string {
  const path = join(scratch.path, `${name}.squashfs`);
  writeSquashfs(path, { 'launch.json': JSON.stringify(launch), 'image/config.json': imageConfig });
  return path;
}

async function bootLines(options: RawMachineOptions): Promise<string[]> {
  const { exit, stdout, console } = await bootMachine(options);
  assert.ok(
    exit?.state === 'exited' && exit.event.code === 0,
    `${JSON.stringify(exit)}\n${console.slice(-4000)}`,
  );
  return stdout.toString().trimEnd().split('\n');
}

const userNetwork: NonNullable<MachineDescription['network']> = {
  kind: 'user',
  mac: '52:54:00:12:34:56',
  ipv4: { network: '10.75.0.0/16', host: '10.75.0.1', dns: '10.75.0.3' },
  ipv6: { network: 'fd75::/64', host: 'fd75::1', dns: 'fd75::3' },
};

const script = (lines: string[]): string[] => ['sh', '-c', lines.join('\n')];
/** What `ip` of busybox says of eth0, one fact a line. */
const showNetwork = [
  "ip -o addr show dev eth0 | awk '$4 !~ /^fe80/ { print $4 }'",
  "ip route | sed 's/ *$//'",
  "ip -6 route | grep -E 'default|via' | sed -E 's/ +(metric|pref).*//'",
];

test("krata's disks boot unchanged: no serials, no version, null where nothing is", async () => {
  const lines = await bootLines({
    rootDiskPath,
    configDiskPath: configDisk('krata', {
      root: { format: 'squashfs' },
      hostname: 'zone-1',
      network: {
        link: 'eth0',
        ipv4: { address: '10.75.0.2/16', gateway: '10.75.0.1' },
        ipv6: { address: 'fd75::2/64', gateway: 'fd75::1' },
        resolver: { nameservers: ['1.1.1.1', '2606:4700:4700::1111'] },
      },
      env: { FROM_LAUNCH: 'launch', OVERRIDDEN: 'launch' },
      run: script([
        ...showNetwork,
        'hostname',
        'cat /etc/resolv.conf',
        'echo $KRATA_CONTAINER $TERM $OVERRIDDEN $FROM_IMAGE',
      ]),
    }),
    describe: (description) => ({
      ...description,
      network: userNetwork,
      disks: description.disks.map((disk) => ({ ...disk, serial: '' })),
    }),
  });
  assert.deepEqual(lines, [
    '10.75.0.2/16',
    'fd75::2/64',
    'default via 10.75.0.1 dev eth0',
    '10.75.0.0/16 dev eth0 scope link  src 10.75.0.2',
    'default via fd75::1 dev eth0',
    'zone-1',
    'nameserver 1.1.1.1',
    'nameserver 2606:4700:4700::1111',
    '1 xterm launch image',
  ]);
});

test('MTU, routes, neighbours, a gateway off the link and search domains are as configured', async () => {
  const lines = await bootLines({
    rootDiskPath,
    configDiskPath: configDisk('routes', {
      version: 1,
      root: { format: 'squashfs', writableMiB: 16 },
      hosts: [{ address: '10.1.1.1', names: ['db', 'db.example'] }],
      network: {
        link: 'eth0',
        mac: userNetwork.mac,
        mtu: 1400,
        addresses: ['10.75.7.2/32'],
        routes: [
          { destination: '0.0.0.0/0', gateway: '10.75.0.1' },
          { destination: '10.99.0.0/16', gateway: '10.75.0.1', metric: 7 },
          { destination: '10.98.0.0/16' },
        ],
        neighbours: [{ address: '10.98.0.9', mac: '52:54:00:00:00:09' }],
        resolver: { nameservers: ['10.75.0.3'], search: ['example', 'svc.example'], options: ['ndots:2'] },
      },
      process: {
        command: script([
          'cat /sys/class/net/eth0/mtu',
          "ip route | tr -s ' ' | sed 's/ *$//'",
          "ip neigh show 10.98.0.9 | sed 's/ used .* / /'",
          'cat /etc/resolv.conf',
          'grep db /etc/hosts',
          "df -m / | awk 'NR == 2 { print $2 }'",
        ]),
      },
    }),
    describe: (description) => ({ ...description, network: userNetwork }),
  });
  assert.deepEqual(lines, [
    '1400',
    'default via 10.75.0.1 dev eth0 onlink',
    '10.98.0.0/16 dev eth0 scope link',
    '10.99.0.0/16 via 10.75.0.1 dev eth0 metric 7 onlink',
    '10.98.0.9 dev eth0 lladdr 52:54:00:00:00:09 PERMANENT',
    'search example svc.example',
    'nameserver 10.75.0.3',
    'options ndots:2',
    '10.1.1.1\tdb db.example',
    '16',
  ]);
});

test('a missing link costs only the network', async () => {
  const lines = await bootLines({
    rootDiskPath,
    configDiskPath: configDisk('no-link', {
      version: 1,
      root: { format: 'squashfs' },
      network: { link: 'eth7', addresses: ['10.0.0.2/24'] },
      process: { command: ['sh', '-c', 'ls /sys/class/net'] },
    }),
  });
  assert.deepEqual(lines, ['lo']);
});

test('an addons disk shows its kernel modules as those of the running kernel', async () => {
  const addonsPath = join(scratch.path, 'addons.squashfs');
  writeSquashfs(addonsPath, { 'modules/modules.dep': 'from the host\n' });
  const lines = await bootLines({
    rootDiskPath,
    configDiskPath: configDisk('with-addons', {
      version: 1,
      root: { format: 'squashfs' },
      process: {
        command: script([
          'cat /lib/modules/$(uname -r)/modules.dep',
          'touch /lib/modules/$(uname -r)/x 2>&1 | sed "s/.*: //"',
        ]),
      },
    }),
    describe: (description) => ({
      ...description,
      disks: [
        ...description.disks,
        { path: addonsPath, serial: 'firstborn-addons', readonly: true, format: 'raw' },
      ],
    }),
  });
  assert.deepEqual(lines, ['from the host', 'Read-only file system']);
});

/** QEMU throws away what a console sends faster than it is read: so much at once it can always keep. */
const paceBytes = 1024;

test('the second virtio console serves as the channel, raw and byte for byte', async () => {
  await using guest = await RawGuest.boot({
    launch: { process: { command: ['sleep', '100000'] } },
    command: channelOnConsole,
  });
  const everyByte = Buffer.from(Uint8Array.from({ length: paceBytes }, (_, index) => index & 0xff));
  for (const bytes of [everyByte, ...Array.from({ length: 15 }, () => randomBytes(paceBytes))]) {
    const { streams } = await guest.request('exec', { args: ['cat'], stdin: true });
    const { stdin = 0, stdout = 0, stderr = 0 } = streams;
    guest.client.readable(stderr).resume();
    guest.client.writableStream(stdin).end(bytes);
    assert.deepEqual(await guest.whileRunning(buffer(guest.client.readable(stdout))), bytes);
  }
});
