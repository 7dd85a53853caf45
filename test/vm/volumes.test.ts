import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { choosePorts } from '../../host/launch/ports.ts';
import { withReadOnlyView } from '../../host/vm/read-only-view.ts';
import { prepareRootDisk, scratchDirectory, writeSquashfs } from '../support/disks.ts';
import { bootMachine } from '../support/raw-machine.ts';
import { expectExit, machinesLeft, runFirstborn, startFirstborn } from '../support/run-firstborn.ts';
import { busybox, debianTar } from '../support/test-images.ts';

const scratch = scratchDirectory();
const path = (name: string): string => join(scratch.path, name);
const disk = path('data.ext4');

before(() => {
  for (const name of ['shared', 'shared/inner', 'fixed', 'other']) mkdirSync(path(name));
  writeFileSync(path('shared/from-host'), 'from the host\n');
  writeFileSync(path('fixed/kept'), 'kept\n');
  writeFileSync(path('other/below'), 'below\n');
  writeSquashfs(path('tree.squashfs'), { 'etc/packed': 'packed\n' });
  writeFileSync(disk, '');
  truncateSync(disk, 16 * 1024 * 1024);
  execFileSync('mkfs.ext4', ['-q', disk]);
});
after(() => scratch[Symbol.dispose]());

/** Whether the file system was taken down in order: no journal to replay, nothing that e2fsck objects to. */
function assertClean(): void {
  const head = execFileSync('dumpe2fs', ['-h', disk], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.match(head, /^Filesystem state: +clean$/m);
  assert.doesNotMatch(head, /needs_recovery/);
  execFileSync('e2fsck', ['-fn', disk], { stdio: 'ignore' });
}

const readFromDisk = (name: string): string =>
  execFileSync('debugfs', ['-R', `cat ${name}`, disk], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

/** Runs inside: says what it sees and writes where it may, then answers once over TCP and once over UDP, and ends. */
const server = `
import json, os, socket

def attempt(path):
    try:
        with open(path, "w") as file:
            file.write("from the guest\\n")
        return "written"
    except OSError as error:
        return error.strerror

mounts = {fields[1]: fields[2:4] for fields in (line.split() for line in open("/proc/mounts"))}
places = ["/shared", "/shared/inner", "/fixed", "/packed", "/data", "/cache", "/made/by/words"]
cache = os.statvfs("/cache")
report = {
    "mounts": {place: [mounts[place][0], mounts[place][1].split(",")[0]] for place in places},
    "flags": all({"nosuid", "nodev"} <= set(mounts[place][1].split(",")) for place in places),
    "read": [open(name).read().strip() for name in
        ["/shared/from-host", "/shared/inner/below", "/fixed/kept", "/packed/etc/packed"]],
    "write": {name: attempt(name) for name in
        ["/shared/from-guest", "/fixed/new", "/packed/new", "/data/from-guest", "/cache/new", "/made/by/words/new"]},
    "cache": [cache.f_blocks * cache.f_frsize, oct(os.stat("/cache").st_mode & 0o7777), "noexec" in mounts["/cache"][1].split(",")],
    "init": os.path.exists("/run/firstborn"),
}
tcp = socket.create_server(("0.0.0.0", 8000))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 5353))
print(json.dumps(report), flush=True)
print("listening", flush=True)
peer, _ = tcp.accept()
peer.sendall(b"tcp " + peer.recv(100))
peer.close()
question, sender = udp.recvfrom(100)
udp.sendto(b"udp " + question, sender)
`;

function askTcp(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('hello');
  return text(socket);
}

/** Asks again until there is an answer: UDP may lose any. */
function askUdp(socket: Socket, port: number): Promise<string> {
  return new Promise((resolve) => {
    const ask = (): void => socket.send('hello', port, '127.0.0.1');
    const timer = setInterval(ask, 500);
    socket.once('message', (answer) => {
      clearInterval(timer);
      resolve(answer.toString());
    });
    ask();
  });
}

test('volumes of every kind and forwarded ports reach the workload, and what it writes reaches the host', async () => {
  const any = { hostAddress: '127.0.0.1', hostPort: 0, guestPort: 1 };
  const [tcp, udp] = await choosePorts([
    { ...any, protocol: 'tcp' },
    { ...any, protocol: 'udp' },
  ]);
  assert.ok(tcp !== undefined && udp !== undefined);
  const run = startFirstborn(
    [
      ['--memory', '768m', '-v', `${path('other')}:/shared/inner`, '-v', `${path('shared')}:/shared`],
      ['-v', `${path('fixed')}:/fixed:ro`, '-v', `${path('tree.squashfs')}:/packed`, '-v', `${disk}:/data`],
      ['--tmpfs', '/cache:size=1m,mode=700', '--mount', 'type=tmpfs,dst=/made/by/words,ro'],
      ['-p', `127.0.0.1:${tcp.hostPort}:8000`, '-p', `${udp.hostPort}:5353/udp`],
      [debianTar, 'python3', '-c', server],
    ].flat(),
  );
  await run.printed('listening');

  const sameDisk = await runFirstborn(['-v', `${disk}:/data`, busybox, 'true']);
  expectExit(sameDisk, 125);
  assert.match(sameDisk.stderr, /Failed to get "write" lock/);
  const samePort = await runFirstborn(['-p', `127.0.0.1:${tcp.hostPort}:80`, busybox, 'true']);
  expectExit(samePort, 125);
  assert.match(
    samePort.stderr,
    new RegExp(`Cannot forward tcp port ${tcp.hostPort} of 127\\.0\\.0\\.1: .*EADDRINUSE`),
  );

  assert.equal(await askTcp(tcp.hostPort), 'tcp hello');
  const socket = createSocket('udp4');
  assert.equal(await askUdp(socket, udp.hostPort), 'udp hello');
  socket.close();

  const result = await run.finished;
  expectExit(result, 0);
  assert.deepEqual(JSON.parse(result.stdout.toString().split('\n')[0] ?? ''), {
    mounts: {
      '/shared': ['virtiofs', 'rw'],
      '/shared/inner': ['virtiofs', 'rw'],
      '/fixed': ['virtiofs', 'ro'],
      '/packed': ['squashfs', 'ro'],
      '/data': ['ext4', 'rw'],
      '/cache': ['tmpfs', 'rw'],
      '/made/by/words': ['tmpfs', 'ro'],
    },
    flags: true,
    read: ['from the host', 'below', 'kept', 'packed'],
    write: {
      '/shared/from-guest': 'written',
      '/fixed/new': 'Read-only file system',
      '/packed/new': 'Read-only file system',
      '/data/from-guest': 'written',
      '/cache/new': 'written',
      '/made/by/words/new': 'Read-only file system',
    },
    cache: [1024 * 1024, '0o700', true],
    init: false,
  });
  assert.equal(readFileSync(path('shared/from-guest'), 'utf8'), 'from the guest\n');
  assertClean();
  assert.equal(readFromDisk('/from-guest'), 'from the guest\n');
});

test('a workload that is killed leaves a disk clean, on microvm too, and owns what it made', async () => {
  const script = [
    'touch /shared/owned; chown 1000:1001 /shared/owned',
    'exec 3> /data/held; echo more >&3',
    'echo running; sleep 1000',
  ].join('\n');
  const run = startFirstborn(
    [
      ['--machine', 'microvm', '--stop-timeout', '0'],
      ['-v', `${path('shared')}:/shared`, '-v', `${disk}:/data`, busybox, 'sh', '-c', script],
    ].flat(),
  );
  await run.printed('running');
  run.child.kill('SIGTERM');
  expectExit(await run.finished, 137);
  const { uid, gid } = statSync(path('shared/owned'));
  assert.deepEqual([uid, gid], [1000, 1001]);
  assertClean();
  const read = ['-v', `${disk}:/data:ro`, busybox, 'sh', '-c', 'cat /data/held; touch /data/x'];
  const result = await runFirstborn(read);
  expectExit(result, 1);
  assert.equal(result.stdout.toString(), 'more\n');
  assert.match(result.stderr, /Read-only file system/);
});

test('a volume that is not there is a fault that names it', async () => {
  const { rootDiskPath, imageConfigBytes } = await prepareRootDisk(busybox, scratch.path);
  const configDiskPath = path('config.squashfs');
  const mount = { type: 'disk', destination: '/data', serial: 'nowhere', format: 'ext4' };
  writeSquashfs(configDiskPath, {
    'launch.json': JSON.stringify({ version: 1, root: { format: 'squashfs' }, mounts: [mount] }),
    'image/config.json': imageConfigBytes.toString(),
  });
  const { exit } = await bootMachine({ rootDiskPath, configDiskPath });
  assert.ok(exit?.state === 'fault', JSON.stringify(exit));
  assert.equal(exit.event.phase, 'volumes');
  assert.match(
    exit.event.message,
    /^Cannot provide the volume for "\/data": Cannot find the disk "nowhere": waited 15 s; there is vda with serial "firstborn-root"/,
  );
});

test('a daemon behind a read-only view can write neither to the directory nor to what is mounted in it', () => {
  mkdirSync(path('view'));
  const attempts = 'cd "$0"; cat kept "in ner/below"; touch new "in ner/new" 2>&1; exit 0';
  const view = { directory: path('fixed'), viewPath: path('view') };
  const command = withReadOnlyView('/usr/bin/unshare', view, {
    program: '/bin/sh',
    args: ['-c', attempts, view.viewPath],
  });
  mkdirSync(path('fixed/in ner'));
  // What is mounted in the directory, in a namespace of the test's own.
  const around = `mount --bind "$1" "$2"; shift 2; exec "$@"`;
  const output = execFileSync(
    'unshare',
    [
      ['--mount', 'sh', '-c', around, 'sh'],
      [path('other'), path('fixed/in ner')],
      [command.program, ...command.args],
    ].flat(),
    { encoding: 'utf8' },
  );
  assert.deepEqual(output.trimEnd().split('\n'), [
    'kept',
    'below',
    "touch: cannot touch 'new': Read-only file system",
    "touch: cannot touch 'in ner/new': Read-only file system",
  ]);
});

test('nothing is left behind by runs that have ended', () => {
  assert.deepEqual(machinesLeft(), []);
});
