import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { artefacts } from '../../host/artefacts.ts';
import { buildImage } from '../../host/preparation/build-image.ts';
import { defaultWorkload } from '../../host/launch/launch-config.ts';
import { defaultMachineSettings, type MachineSettings } from '../../host/launch/machine-settings.ts';
import { guestArchitecture } from '../../host/launch/machine-layout.ts';
import { stateDirectory } from '../../host/state-directory.ts';
import { superblockBytes } from '../../image/verity/superblock.ts';
import { appendHashTree } from '../../image/verity/verified-disk.ts';
import type { VerityConfig } from '../../protocol/verity.ts';
import { scratchDirectory } from '../support/disks.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { bootMachine } from '../support/raw-machine.ts';
import { testEnvironment } from '../support/run-firstborn.ts';
import { busybox } from '../support/test-images.ts';
import { bootFlips } from '../support/verity/boot-flips.ts';
import { expectedReport, type Flip, type FlipPass } from '../support/verity/flips.ts';

const scratch = scratchDirectory();
const path = (name: string): string => join(scratch.path, name);
after(() => scratch[Symbol.dispose]());

const eventDeadlineMs = 60_000;

/** Any bit of these bytes. */
function flipIn(startBytes: number, endBytes: number): Flip {
  return { offsetBytes: randomInt(startBytes, endBytes), bit: randomInt(8) };
}

/** Turns one bit over, in place: whoever has the file open sees it. */
function flipBit(file: string, { offsetBytes, bit }: Flip): void {
  const bytes = readFileSync(file);
  const byte = (bytes[offsetBytes] ?? 0) ^ (1 << bit);
  bytes[offsetBytes] = byte;
  writeFileSync(file, bytes, { flag: 'r+' });
}

/** Flips a bit in the middle of what a disk holds in one piece. */
function damage(disk: string, content: Buffer): void {
  const middle = content.length / 2;
  const start = readFileSync(disk).indexOf(content.subarray(middle, middle + 4096));
  assert.notEqual(start, -1, 'the content is on the disk as it is');
  flipBit(disk, { offsetBytes: start + 1000, bit: 3 });
}

test('a bit flipped anywhere is refused or makes no difference, and is never read as data', async () => {
  const dataBlocks = 132;
  const disk = path('flips.img');
  writeFileSync(disk, randomBytes(dataBlocks * 4096));
  const verity = await appendHashTree(disk);
  const { hashOffsetBytes } = verity;
  const inTree = (): Flip => flipIn(hashOffsetBytes + 4096, statSync(disk).size);
  const inSuperblock = (): Flip => flipIn(hashOffsetBytes, hashOffsetBytes + superblockBytes);
  const everyOther = Array.from({ length: dataBlocks / 2 }, (_, index) => 2 * index + randomInt(2));
  // A block of the tree vouches for 128 of data: a few of each are enough.
  const stride = 13;
  const passes: FlipPass[] = [
    { flips: [], stride: 1 },
    { flips: everyOther.map((block) => flipIn(block * 4096, (block + 1) * 4096)), stride: 1 },
    ...Array.from({ length: 28 }, () => ({ flips: [inTree()], stride })),
    ...Array.from({ length: 6 }, () => ({ flips: [inSuperblock()], stride })),
  ];
  assert.equal(passes.flatMap(({ flips }) => flips).length, 100);
  const reports = await bootFlips({ path: disk, scratchDir: scratch.path }, { verity, passes });
  assert.equal(reports.length, passes.length);
  for (const [index, pass] of passes.entries())
    assert.deepEqual(reports[index], expectedReport(verity, pass), JSON.stringify(pass));
});

/** A root file system with a shell and these files below /data. */
function makeRoot(files: Record<string, Buffer>): string {
  const root = path('root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'data'));
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const applet of ['sh', 'cat', 'sha256sum', 'sleep']) symlinkSync('busybox', join(root, 'bin', applet));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, 'data', name), content);
  return root;
}

/** An ext4 disk with these files. */
function makeVolume(files: Record<string, Buffer>): string {
  mkdirSync(path('volume'));
  for (const [name, content] of Object.entries(files)) writeFileSync(path(`volume/${name}`), content);
  // Blocks of the tree's size: sectors of the verified device are no smaller.
  execFileSync('mkfs.ext4', ['-q', '-b', '4096', '-d', path('volume'), path('volume.ext4'), '8M']);
  return path('volume.ext4');
}

/** The places that the machine calls damaged, once there are so many. */
async function damagedPlaces({ machine }: LiveMachine, count: number): Promise<string[]> {
  const places: string[] = [];
  const signal = AbortSignal.timeout(eventDeadlineMs);
  for await (const { event } of machine.events({ follow: true, signal })) {
    if (event.event === 'corruption') places.push(event.disk);
    if (places.length === count) break;
  }
  return places;
}

test('a verified root and a verified volume work, and what is damaged under them reads as EIO and is reported', async () => {
  const damaged = randomBytes(256 * 1024);
  const intact = randomBytes(256 * 1024);
  const onVolume = randomBytes(256 * 1024);
  const volume = makeVolume({ damaged: onVolume, intact });
  const { rootHash } = await appendHashTree(volume);
  await using live = await LiveMachine.boot({
    image: makeRoot({ damaged, intact }),
    format: 'erofs',
    verity: true,
    workload: { stopGraceMs: 0 },
    mounts: [{ type: 'bind', source: volume, destination: '/volume', readonly: false, verity: { rootHash } }],
  });
  const { machine } = live;
  assert.equal(
    await live.shell('cd /sys/block; cat dm-0/dm/name dm-1/dm/name dm-0/ro dm-1/ro dm-0/dm/suspended'),
    ['firstborn-root', 'firstborn-volume-0', '1', '1', '0'].join('\n'),
  );
  assert.match(await live.shell('cat /proc/mounts'), /^\/dev\/dm-1 \/volume ext4 ro,/m);

  damage(join(machine.directory, 'root.erofs'), damaged);
  damage(volume, onVolume);
  for (const file of ['/data/damaged', '/volume/damaged']) {
    const { exit, stderr } = await live.exec({ args: ['sh', '-c', `cat ${file} > /dev/null`] });
    assert.deepEqual(exit, { code: 1, reason: 'exited' });
    assert.match(stderr.toString(), /I\/O error|Input\/output error/);
  }
  const hash = createHash('sha256').update(intact).digest('hex');
  const sums = await live.shell('cat /data/intact | sha256sum; cat /volume/intact | sha256sum');
  assert.deepEqual(sums.match(/[0-9a-f]{64}/g), [hash, hash]);
  assert.deepEqual(await damagedPlaces(live, 2), ['/', '/volume']);

  await machine.shutdown();
  await machine.wait();
  const { console: log } = live;
  assert.match(log, /"disk":"\/","msg":"a disk does not match its root hash: damaged blocks are not read"/);
  assert.match(log, /device-mapper: verity: \d+:\d+: data block \d+ is corrupted/);
  assert.doesNotMatch(log, /still in use/);
});

test('build --verity leaves a disk that is refused when its first block is not what was built', async () => {
  const architecture = guestArchitecture(process.arch) ?? 'x86_64';
  const settings: MachineSettings = { ...defaultMachineSettings(architecture), verity: true };
  const outDir = path('built');
  await buildImage(
    { image: busybox, outDir, workload: defaultWorkload(), architecture, settings, runtime: undefined },
    { state: stateDirectory(testEnvironment), artefacts: artefacts(testEnvironment) },
    { signal: new AbortController().signal },
  );
  const manifest = JSON.parse(readFileSync(join(outDir, 'machine.json'), 'utf8')) as { verity: VerityConfig };
  assert.match(manifest.verity.rootHash, /^[0-9a-f]{64}$/);
  const rootDiskPath = join(outDir, 'root.squashfs');
  flipBit(rootDiskPath, { offsetBytes: 2, bit: 5 });
  const { exit } = await bootMachine({
    rootDiskPath,
    configDiskPath: join(outDir, 'config.squashfs'),
    describe: (description) => ({ ...description, initramfsPath: join(outDir, 'initramfs.cpio') }),
  });
  assert.ok(exit?.state === 'fault', JSON.stringify(exit));
  assert.equal(exit.event.phase, 'root');
  assert.match(
    exit.event.message,
    new RegExp(
      `^Cannot trust the disk "/dev/vda": it does not match the root hash "${manifest.verity.rootHash}"`,
    ),
  );
});
