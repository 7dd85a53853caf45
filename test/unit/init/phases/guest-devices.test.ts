import assert from 'node:assert/strict';
import fs, { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { deviceNumbers, findGuestDevices } from '../../../../init/phases/guest-devices.ts';
import { moveFiles } from '../../../support/moved-files.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

/** As makedev(3) of glibc packs them. */
const makeDevice = (major: number, minor: number): number =>
  Number(
    (BigInt(minor) & 0xffn) |
      ((BigInt(major) & 0xfffn) << 8n) |
      ((BigInt(minor) & ~0xffn) << 12n) |
      ((BigInt(major) & ~0xfffn) << 32n),
  );

describe('deviceNumbers()', () => {
  const devices: [major: number, minor: number][] = [
    [1, 3],
    [8, 255],
    [8, 256],
    [4095, 1_048_575],
    [4096, 0],
  ];
  for (const [major, minor] of devices) {
    it(`takes ${major}:${minor} apart`, () => {
      assert.deepEqual(deviceNumbers(makeDevice(major, minor)), { major, minor });
    });
  }
});

interface FakeDevice {
  kind: 'character' | 'block';
  id: number;
  mode: number;
}

/** A /dev of plain files, of which lstat says that they are devices. */
function makeDevices(context: TestContext, devices: Record<string, FakeDevice>, others: string[] = []): void {
  const root = scratchDirectory(context);
  for (const name of [...Object.keys(devices), ...others]) {
    const path = join(root, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '');
  }
  symlinkSync('/proc/self/fd', join(root, 'dev/fd'));
  moveFiles(context, root, ['/dev']);
  const { lstatSync } = fs;
  Reflect.set(fs, 'lstatSync', (path: string, options: { throwIfNoEntry: false }) => {
    const stats = lstatSync(path, options);
    const device = devices[path];
    if (stats === undefined || device === undefined) return stats;
    return Object.assign(stats, {
      mode: device.mode,
      rdev: device.id,
      uid: 0,
      gid: 6,
      isCharacterDevice: () => device.kind === 'character',
      isBlockDevice: () => device.kind === 'block',
    });
  });
  syncBuiltinESMExports();
}

const fuse: FakeDevice = { kind: 'character', id: makeDevice(10, 229), mode: 0o020666 };
const disk: FakeDevice = { kind: 'block', id: makeDevice(254, 0), mode: 0o060660 };
const fuseDevice = { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 6 };

describe('findGuestDevices()', () => {
  it('says what a device is and whose', (context) => {
    makeDevices(context, { '/dev/fuse': fuse, '/dev/vda': disk });
    assert.deepEqual(findGuestDevices('/dev/fuse'), [fuseDevice]);
    assert.deepEqual(findGuestDevices('/dev/vda')[0]?.type, 'b');
  });

  it('finds all below a directory, in order, and passes over what is no device', (context) => {
    makeDevices(context, { '/dev/snd/timer': fuse, '/dev/snd/by/seq': fuse, '/dev/fuse': fuse }, [
      '/dev/snd/text',
    ]);
    assert.deepEqual(
      findGuestDevices('/dev/snd//').map(({ path }) => path),
      ['/dev/snd/by/seq', '/dev/snd/timer'],
    );
  });

  it("finds no terminals in all of /dev, nor init's own way to the host", (context) => {
    const hidden = ['pts/0', 'ptmx', 'console', 'hvc1', 'vport0p1', 'shm/x', 'mqueue/y'];
    const own = Object.fromEntries(hidden.map((name) => [`/dev/${name}`, fuse]));
    makeDevices(context, { ...own, '/dev/hvc0': fuse, '/dev/ptmx0': fuse, '/dev/fuse': fuse });
    assert.deepEqual(
      findGuestDevices('/dev').map(({ path }) => path),
      ['/dev/fuse', '/dev/hvc0', '/dev/ptmx0'],
    );
  });

  for (const path of ['/dev/missing', '/dev/text', '/dev/empty']) {
    it(`says so when there is none at ${path}`, (context) => {
      makeDevices(context, { '/dev/fuse': fuse }, ['/dev/text', '/dev/empty/text']);
      assert.throws(() => findGuestDevices(path), {
        code: 'config',
        message: `Cannot find a device at "${path}" in the guest`,
      });
    });
  }
});
