/** A machine whose init lies on a disk of its own: an initramfs that only finds it, and little memory. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isDomain } from '../../host/vm/domain-description.ts';
import { minimumMemoryMiB } from '../../host/launch/memory-size.ts';
import { prepareBootFiles } from '../../host/preparation/boot-files.ts';
import { artefacts } from '../../host/artefacts.ts';
import { stateDirectory } from '../../host/state-directory.ts';
import { prepareRootDisk, scratchDirectory } from '../support/disks.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { bootUnattended } from '../support/raw-machine.ts';
import { testEnvironment } from '../support/run-firstborn.ts';
import { busybox } from '../support/test-images.ts';

const scratch = scratchDirectory();
after(() => scratch[Symbol.dispose]());

test('the smallest machine runs its workload from a runtime disk that no container can see or open', async () => {
  await using live = await LiveMachine.boot({
    runtimePlace: 'disk',
    memoryMiB: minimumMemoryMiB({ runtimePlace: 'disk' }),
    workload: { command: ['sleep', '100000'], container: { init: true } },
  });
  const { record } = await live.machine.info();
  const { description } = record;
  assert.ok(!isDomain(description));
  assert.deepEqual(
    description.disks.map(({ serial, readonly }) => [serial, readonly]),
    [
      ['firstborn-root', true],
      ['firstborn-config', true],
      ['firstborn-runtime', true],
    ],
  );

  assert.equal(await live.shell('cat /proc/1/comm'), 'firstborn-init');
  const mounts = await live.shell('cat /proc/mounts /proc/1/mountinfo');
  assert.doesNotMatch(mounts, /runtime|erofs/);
  assert.equal(await live.shell('ls -d /runtime /dev/vd* /dev/firstborn* 2>/dev/null | wc -l'), '0');
  // The device rules of a container open no disk, even for a node that it makes itself.
  const numbers = await live.shell('cat /sys/block/vdc/dev');
  const [major, minor] = numbers.split(':');
  assert.equal(
    await live.shell(
      `mknod /dev/disk b ${major} ${minor} && dd if=/dev/disk of=/dev/null count=1 2>&1 | head -1`,
    ),
    "dd: can't open '/dev/disk': Operation not permitted",
  );

  const { machine } = await live.machine.metrics();
  const disk = machine.disks.find(({ name }) => name === 'vdc');
  assert.ok(disk !== undefined && disk.readBytes > 1024 * 1024 && disk.writtenBytes === 0);

  const { exit } = await live.exec({ args: ['sh', '-c', 'exit 3'] });
  assert.equal(exit.code, 3);
  // Nothing of it is in the way of an orderly end.
  await live.machine.stop({ graceMs: 5_000 });
  assert.deepEqual(await live.machine.wait(), { code: 143, reason: 'exited' });
  assert.doesNotMatch(live.console, /warn|Cannot|failed/i);

  await live.machine.start();
  await live.machine.ready({ signal: AbortSignal.timeout(180_000) });
  assert.equal(await live.shell('echo again'), 'again');
});

test('a machine without its runtime disk says so in one line and ends', async () => {
  const { rootDiskPath } = await prepareRootDisk(busybox, scratch.path);
  const bootFiles = await prepareBootFiles({
    kernelPath: undefined,
    modulesDir: undefined,
    runtimePlace: 'disk',
    artefacts: artefacts(testEnvironment),
    cacheDir: stateDirectory(testEnvironment).initramfsCacheDir,
  });
  const { code, console } = await bootUnattended({
    rootDiskPath,
    configDiskPath: rootDiskPath,
    // A guest that sleeps takes no time: the wait for the disk is over at once.
    command: (args) => [...args, '-icount', 'shift=0,sleep=off'],
    describe: (description) => ({ ...description, memoryMiB: 128, initramfsPath: bootFiles.initramfsPath }),
  });
  assert.equal(code, 0);
  const complaint =
    'firstborn: Cannot find the runtime disk, a virtio disk with the serial "firstborn-runtime", within 15 s: ENODEV';
  assert.equal(console.split('\n').filter((line) => line.includes('firstborn:')).length, 1, console);
  assert.ok(console.includes(complaint), console);
  assert.doesNotMatch(console, /Kernel panic/);
});
