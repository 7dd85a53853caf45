/**
 * The microVM kernel under everything that a machine can have, on each of QEMU's boards. `npm test -- kernel` builds the
 * kernel first; `FIRSTBORN_TEST_KERNEL=microvm npm test -- vm` puts it under the whole of test/vm/.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { MachineType } from '../../host/vm/machine-description.ts';
import { scratchDirectory } from '../support/disks.ts';
import { LiveMachine } from '../support/live-machine.ts';

const boards: MachineType[] = ['microvm', 'q35', 'pc'];
const mebibyte = 1024 * 1024;
const waitSignal = (): AbortSignal => AbortSignal.timeout(60_000);

const scratch = scratchDirectory();
after(() => scratch[Symbol.dispose]());

/** A directory and an ext4 disk of one board's machine. */
function makeVolumes(board: string): { directory: string; disk: string } {
  const directory = join(scratch.path, board);
  const disk = join(scratch.path, `${board}.ext4`);
  mkdirSync(directory);
  writeFileSync(join(directory, 'from-host'), 'from the host\n');
  writeFileSync(disk, '');
  truncateSync(disk, 16 * mebibyte);
  execFileSync('mkfs.ext4', ['-q', disk]);
  return { directory, disk };
}

function boot(machine: MachineType, volumes: { directory: string; disk: string }): Promise<LiveMachine> {
  return LiveMachine.boot({
    kernelPath: 'microvm',
    machine,
    verity: true,
    memoryMiB: 512,
    ports: [{ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 0, guestPort: 80 }],
    mounts: [
      { type: 'bind', source: volumes.directory, destination: '/shared', readonly: false },
      { type: 'bind', source: volumes.disk, destination: '/data', readonly: false },
      { type: 'tmpfs', destination: '/cache', sizeBytes: mebibyte },
    ],
    workload: {
      command: ['sh', '-c', 'trap "exit 7" TERM; httpd -h /shared; sleep 100000 & wait $!'],
      limits: { memoryBytes: 64 * mebibyte, pids: 50, cpus: 0.5 },
      health: { test: ['CMD', 'test', '-e', '/cache'], intervalMs: 500, timeoutMs: 20_000 },
    },
  });
}

async function fetchPage(live: LiveMachine): Promise<string> {
  const { ports } = await live.machine.info().then(({ record }) => record);
  const port = ports[0]?.hostPort;
  return await new Promise((resolve, reject) => {
    const call = request({ port, path: '/from-host' }, (response) => resolve(text(response)));
    call.on('error', reject).end();
  });
}

for (const board of boards) {
  describe(`on the ${board} board`, () => {
    let live: LiveMachine;
    let volumes: { directory: string; disk: string };
    before(async () => {
      volumes = makeVolumes(board);
      live = await boot(board, volumes);
    });
    after(() => live[Symbol.asyncDispose]());

    test('the kernel is the one that was asked for, and needs no module', async () => {
      assert.match(await live.shell('uname -r'), /-firstborn-microvm$/);
      assert.equal(await live.shell('cat /proc/modules'), '');
    });

    test('queues are no longer than what their buffers are worth', async () => {
      const requests = Number(await live.shell('cat /sys/block/vda/queue/nr_requests'));
      assert.ok(requests >= 64 && requests <= 256, String(requests));
    });

    test('volumes are of the kinds that were asked for, and what is written reaches the host', async () => {
      const mounts = await live.shell('cat /proc/mounts');
      const types = ['/', '/shared', '/data', '/cache'].map((place) =>
        mounts
          .split('\n')
          .map((line) => line.split(' '))
          .find(([, target]) => target === place)
          ?.at(2),
      );
      assert.deepEqual(types, ['overlay', 'virtiofs', 'ext4', 'tmpfs']);
      assert.equal(await live.shell('cat /shared/from-host'), 'from the host');
      await live.shell('echo from the guest >/shared/from-guest; echo kept >/data/kept; sync');
      assert.equal(readFileSync(join(volumes.directory, 'from-guest'), 'utf8'), 'from the guest\n');
    });

    test('the network is up and a forwarded port answers', async () => {
      assert.match(await live.shell('ip -4 addr show eth0'), /inet 10\.0\.2\.15\/24/);
      assert.match(await live.shell('ip -6 addr show eth0'), /inet6 fec0::15\/64/);
      assert.equal(await fetchPage(live), 'from the host\n');
    });

    test('limits are set, and what takes too much memory is killed', async () => {
      const files = await live.shell('cd /sys/fs/cgroup && cat memory.max pids.max cpu.max');
      assert.deepEqual(files.split('\n'), [String(64 * mebibyte), '50', '50000 100000']);
      const { exit } = await live.exec({ args: ['tail', '/dev/zero'] });
      assert.deepEqual([exit.code, exit.reason], [137, 'oom']);
    });

    test('the filter, the capabilities and the device rules hold', async () => {
      const status = await live.shell('grep -E "^(CapEff|Seccomp):" /proc/self/status | tr -d "\\t"');
      assert.deepEqual(status.split('\n'), ['CapEff:00000000a80425fb', 'Seccomp:2']);
      assert.match(await live.shell('mount -t tmpfs none /tmp 2>&1 || true'), /denied|not permitted/);
      await live.shell('mknod /dev/disk b $(tr ":" " " </sys/class/block/vda/dev)');
      assert.match(await live.shell('dd if=/dev/disk count=1 2>&1 || true'), /not permitted/);
    });

    test('exec gives output, input and exit codes, and sleeping is as long as it should be', async () => {
      const { stdout, exit } = await live.exec({ args: ['sh', '-c', 'cat; exit 3'] }, Buffer.from('words'));
      assert.deepEqual([stdout.toString(), exit], ['words', { code: 3, reason: 'exited' }]);
      const seconds = await live.shell(
        'start=$(cut -d " " -f 1 /proc/uptime); sleep 1; cut -d " " -f 1 /proc/uptime; echo $start',
      );
      const [end = 0, start = 0] = seconds.split('\n').map(Number);
      assert.ok(end - start >= 1, seconds);
    });

    test('the health check passes', async () => {
      for await (const { event } of live.machine.events({ follow: true, signal: waitSignal() })) {
        if (event.event === 'health' && event.status === 'healthy') return;
      }
      assert.fail('no health event came');
    });

    test('a stop ends workload and machine, and leaves the disk clean', async () => {
      await live.machine.stop({ graceMs: 30_000 });
      const exit = await live.machine.wait({ signal: waitSignal() });
      assert.deepEqual([exit.code, exit.reason], [7, 'exited']);
      assert.ok(!live.console.includes('Kernel panic'), live.console.slice(-4000));
      const head = execFileSync('dumpe2fs', ['-h', volumes.disk], { stdio: ['ignore', 'pipe', 'ignore'] });
      assert.match(head.toString(), /^Filesystem state: +clean$/m);
      assert.doesNotMatch(head.toString(), /needs_recovery/);
    });
  });
}
