/** Containers that reach for init, and hosts that don't do their part. All in one machine. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GuestRefusal } from '../../host/channel/guest-refusal.ts';
import { maxUserDatabaseBytes } from '../../protocol/limits.ts';
import { dataDiskSerial, makeDataDisk, withDataDisk } from '../support/data-disk.ts';
import { scratchDirectory } from '../support/disks.ts';
import { RawGuest } from '../support/raw-guest.ts';

/** init has no more descriptors while it is at rest. */
const highestFd = 47;
/** A program that the initramfs has and the image lacks, by its path in the former. */
const interpreter = process.arch === 'arm64' ? 'lib/ld-linux-aarch64.so.1' : 'lib64/ld-linux-x86-64.so.2';

const scratch = scratchDirectory();
const dataDisk = makeDataDisk(scratch.path);
let guest: RawGuest;
before(async () => {
  guest = await RawGuest.boot({
    launch: {
      process: { command: ['sh', '-c', 'while :; do echo x > /data/busy; sleep 0.1; done'] },
      mounts: [{ type: 'disk', serial: dataDiskSerial, format: 'ext4', destination: '/data' }],
    },
    describe: withDataDisk(dataDisk),
  });
});
after(async () => {
  await guest?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

const isMissing = (error: unknown): boolean =>
  error instanceof GuestRefusal && ['ENOENT', 'ENOTDIR'].includes(error.reply.failed?.errno ?? '');

test('no link to a descriptor leads an exec out of the container', async () => {
  const { openFds } = (await guest.request('metrics', {})).machine.init;
  assert.ok(openFds < highestFd, `init has ${openFds}`);
  await guest.shell(`for fd in $(seq 3 ${highestFd}); do
    ln -s /proc/self/fd/$fd/../../../../../../../../${interpreter} /srv/out-$fd; done`);
  for (let fd = 3; fd <= highestFd; fd += 1) {
    await assert.rejects(guest.start([`/srv/out-${fd}`]), isMissing, `descriptor ${fd}`);
  }
});

test("init's own program can be changed by nobody whom an exec hands it to", async () => {
  // The kernel takes the container's interpreter for init's program, which /proc/self/exe then is.
  await guest.shell(`mkdir -p $(dirname /${interpreter}); cp /bin/busybox /${interpreter}`);
  await guest.shell('ln -s /proc/self/exe /srv/chmod; ln -s /proc/self/exe /srv/stat');
  const { stdout } = await guest.exec(['/srv/stat', '-L', '-c', '%s', '/proc/self/exe']);
  const busyboxBytes = Number(await guest.shell('stat -L -c %s /bin/busybox'));
  assert.ok(Number(stdout) > 10 * busyboxBytes, "it is not the container's");
  const { exit, stderr } = await guest.exec(['/srv/chmod', '0', '/proc/self/exe']);
  assert.equal(exit.code, 1);
  assert.match(stderr.toString(), /Read-only file system/);
});

test('a user database that is no file, or has no end, refuses the exec that asks for a user', async () => {
  await guest.shell('cp /etc/passwd /etc/kept');
  const traps = [
    'mkfifo /etc/passwd',
    'ln -s /dev/zero /etc/passwd',
    'ln -s passwd /etc/passwd',
    `truncate -s ${maxUserDatabaseBytes + 1} /etc/passwd`,
  ];
  for (const trap of traps) {
    await guest.shell(`rm /etc/passwd; ${trap}`);
    await assert.rejects(guest.start(['true'], { user: 'app' }), GuestRefusal, trap);
  }
  await guest.shell('rm /etc/passwd; mv /etc/kept /etc/passwd');
  assert.equal(await guest.shell('id -u', { user: 'app' }), '1000');
});

test('a host that reads nothing of an exec learns of its end all the same', async () => {
  for (const options of [{}, { terminal: { rows: 24, columns: 80 } }]) {
    const { exec } = await guest.start(['true'], options);
    const { code } = await guest.event('exec-exit', (event) => event.exec === exec);
    assert.equal(code, 0);
  }
});

test('what an exec has printed waits for a host that wants it', async () => {
  const { exec, streams } = await guest.start(['sh', '-c', 'echo later >&2']);
  await guest.shell('sleep 1');
  assert.ok(!guest.events.some((event) => event.event === 'exec-exit' && event.exec === exec));
  let text = '';
  guest.client.readable(streams.stderr as number).on('data', (bytes: Buffer) => (text += bytes.toString()));
  guest.client.readable(streams.stdout as number).resume();
  await guest.event('exec-exit', (event) => event.exec === exec);
  assert.equal(text, 'later\n');
});

test('a frozen container that waits for its disk can be killed', async () => {
  await guest.request('freeze', {});
  await guest.request('signal', { signal: 9 });
  const { code, reason } = await guest.event('exit');
  assert.deepEqual({ code, reason }, { code: 137, reason: 'signaled' });
  assert.equal(await guest.end(), 'guest-shutdown');
});
