import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  copyFileSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { machineExit } from '../../host/machine/machine-end.ts';
import { prepareRootDisk, scratchDirectory, writeSquashfs } from '../support/disks.ts';
import { RawGuest } from '../support/raw-guest.ts';
import { bootMachine, bootUnattended, type RawMachineOptions } from '../support/raw-machine.ts';
import { busybox } from '../support/test-images.ts';

const scratch = scratchDirectory();
const configDiskPath = join(scratch.path, 'config.squashfs');
const launch = { version: 1, root: { format: 'squashfs' }, process: { command: ['true'] } };
let rootDiskPath = '';
let imageConfig = '';

before(async () => {
  const prepared = await prepareRootDisk(busybox, scratch.path);
  rootDiskPath = prepared.rootDiskPath;
  imageConfig = prepared.imageConfigBytes.toString();
  writeSquashfs(configDiskPath, { 'launch.json': JSON.stringify(launch), 'image/config.json': imageConfig });
});
after(() => scratch[Symbol.dispose]());

/** Writes a config disk with this launch.json and gives its path. */
function configDisk(name: string, launchJson: string, image: string = imageConfig): string {
  const path = join(scratch.path, `${name}.squashfs`);
  writeSquashfs(path, { 'launch.json': launchJson, 'image/config.json': image });
  return path;
}

/** Boots a machine that must fail, and gives what it said. */
async function bootFault(options: Partial<RawMachineOptions>): Promise<{ phase: string; message: string }> {
  const { exit, console } = await bootMachine({ rootDiskPath, configDiskPath, ...options });
  assert.ok(!console.includes('Kernel panic'), console.slice(-4000));
  assert.ok(exit?.state === 'fault', `${JSON.stringify(exit)}\n${console.slice(-4000)}`);
  assert.equal(exit.event.code, 125);
  assert.ok(console.includes(JSON.stringify(exit.event.message)), 'the console says the same');
  return { phase: exit.event.phase, message: exit.event.message };
}

test('a root disk without a filesystem is refused by the mount that fails', async () => {
  const path = join(scratch.path, 'no-root.img');
  writeFileSync(path, Buffer.alloc(1024 * 1024, 0x5a));
  const { phase, message } = await bootFault({ rootDiskPath: path });
  assert.equal(phase, 'root');
  assert.match(message, /^Cannot mount "\/dev\/vda" at "\/image" as "squashfs" .*: EINVAL/);
});

test('a root disk cut short is refused', async () => {
  const path = join(scratch.path, 'cut-root.img');
  copyFileSync(rootDiskPath, path);
  truncateSync(path, 64 * 1024);
  const { phase, message } = await bootFault({ rootDiskPath: path });
  assert.equal(phase, 'root');
  assert.match(message, /^Cannot mount "\/dev\/vda" at "\/image"/);
});

test('a root disk of another format than the launch config says is refused', async () => {
  const text = JSON.stringify({ ...launch, root: { format: 'erofs' } });
  const { phase, message } = await bootFault({ configDiskPath: configDisk('erofs', text) });
  assert.equal(phase, 'root');
  assert.match(message, /^Cannot mount "\/dev\/vda" at "\/image" as "erofs".*: EINVAL/);
});

test('a config disk cut short is refused', async () => {
  const path = join(scratch.path, 'cut-config.img');
  writeFileSync(path, readFileSync(configDiskPath).subarray(0, 512));
  const { phase, message } = await bootFault({ configDiskPath: path });
  assert.equal(phase, 'config');
  assert.match(message, /^Cannot mount "\/dev\/vdb" at "\/config" as "squashfs".*: EIO/);
});

test('a config disk that holds something else is refused', async () => {
  const path = join(scratch.path, 'other.img');
  writeSquashfs(path, { 'README.md': 'hello' });
  const { phase, message } = await bootFault({ configDiskPath: path });
  assert.equal(phase, 'config');
  assert.match(message, /^Cannot read "launch.json" on the config disk: ENOENT/);
});

test('a launch.json with an unknown key is refused with its path', async () => {
  const text = JSON.stringify({ ...launch, process: { comand: ['true'] } });
  const { phase, message } = await bootFault({ configDiskPath: configDisk('unknown-key', text) });
  assert.equal(phase, 'config');
  assert.equal(message, 'Cannot accept launch.json: process.comand: unknown key');
});

test('a launch.json that is no JSON is refused', async () => {
  const { message } = await bootFault({ configDiskPath: configDisk('no-json', '{"version": 1,') });
  assert.match(message, /^Cannot parse "launch.json" as JSON/);
});

test('a missing disk is named, with what is there instead', async () => {
  const { phase, message } = await bootFault({
    describe: (description) => ({ ...description, disks: description.disks.slice(0, 1) }),
  });
  assert.equal(phase, 'disks');
  assert.match(
    message,
    /serials "firstborn-root" and "firstborn-config".*there is vda with serial "firstborn-root"$/,
  );
});

/** Takes the port away, not the socket behind it: a host can connect, and finds nobody. */
function withoutPort(args: string[]): string[] {
  const device = args.findIndex((word) => word.startsWith('virtserialport,'));
  return args.toSpliced(device - 1, 2);
}

test('a machine without a channel says so on the console and powers off by itself', async () => {
  const { exit, console } = await bootMachine({ rootDiskPath, configDiskPath, command: withoutPort });
  assert.ok(exit?.state === 'failed');
  assert.match(exit.error.message, /^Machine ended without a word from the guest/);
  assert.equal(machineExit(exit).code, 125);
  assert.match(console, /Cannot find the host channel: waited 15 s for a virtio port/);
  assert.ok(!console.includes('Kernel panic'));
});

test('a machine whose host never speaks runs its workload and powers off by itself', async () => {
  const { code, console } = await bootUnattended({ rootDiskPath, configDiskPath });
  assert.equal(code, 0);
  assert.match(console, /no host has acknowledged the exit/);
});

/** A FIFO that takes nothing more and that nobody reads. The caller closes it. */
function stuffedFifo(path: string): number {
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const bytes = Buffer.alloc(4096);
  try {
    for (;;) writeSync(fd, bytes);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
  }
  return fd;
}

/** Gives a machine's first console another end. */
function consoleTo(backend: string): (args: string[]) => string[] {
  return (args) =>
    args.map((word) => {
      const [, logPath] = /^file,id=console,path=([^,]+)/.exec(word) ?? [];
      if (logPath === undefined) return word;
      writeFileSync(logPath, '');
      return backend;
    });
}

test('a console that takes nothing more holds up neither supervision nor the end', async () => {
  const fifo = join(scratch.path, 'console');
  execFileSync('mkfifo', [`${fifo}.in`]);
  const fd = stuffedFifo(`${fifo}.out`);
  try {
    await using guest = await RawGuest.boot({
      launch: {
        process: { command: ['sh', '-c', 'trap "exit 5" TERM; sleep 100000 & wait $!'] },
        container: { devices: [{ path: '/dev/console', destination: '/dev/tty9' }] },
      },
      command: consoleTo(`pipe,id=console,path=${fifo}`),
    });
    // The terminal in front of it takes some kilobytes by itself, then its writers wait.
    await guest.shell('head -c 32768 /dev/zero >/dev/tty9 & sleep 2; grep -q "^State:.S" /proc/$!/status');
    // Of this the log has a line.
    await guest.qmp.execute('system_powerdown');
    assert.equal(await guest.end(), 'guest-shutdown');
    assert.equal((await guest.event('exit')).code, 5);
  } finally {
    closeSync(fd);
  }
});
