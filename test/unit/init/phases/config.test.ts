import assert from 'node:assert/strict';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, test, type TestContext } from 'node:test';
import {
  detectDiskFormat,
  type GuestConfig,
  readGuestConfig,
  readSeccompProfile,
} from '../../../../init/phases/config.ts';
import { ModuleLoader } from '../../../../init/phases/modules.ts';
import { FakeNative } from '../../../support/fake-native.ts';
import { makeRecordingLog } from '../../../support/recording-log.ts';
import { recordPlans } from '../../../support/recorded-plans.ts';
import { bareLinux, bareSpec } from '../../../support/runnable-spec.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

function head(lengthBytes: number, offset: number, hex: string): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  Buffer.from(hex, 'hex').copy(bytes, offset);
  return bytes;
}

const heads: [what: string, bytes: Buffer, format: string | undefined][] = [
  ['squashfs', head(4096, 0, '68737173'), 'squashfs'],
  ['squashfs on a tiny disk', head(4, 0, '68737173'), 'squashfs'],
  ['EROFS', head(4096, 1024, 'e2e1f5e0'), 'erofs'],
  ['EROFS whose superblock is cut off', head(1027, 1024, 'e2e1f5'), undefined],
  ['big-endian squashfs of long ago', head(4096, 0, '73717368'), undefined],
  ['ext4', head(4096, 1024 + 56, '53ef'), undefined],
  ['zeros', Buffer.alloc(4096), undefined],
  ['nothing', Buffer.alloc(0), undefined],
];
for (const [what, bytes, format] of heads) {
  test(`detectDiskFormat() sees ${format ?? 'no known format'} in ${what}`, () => {
    assert.equal(detectDiskFormat(bytes), format);
  });
}

const launch = { version: 1, root: { format: 'squashfs' } };
const usualFiles = { 'launch.json': launch, 'image/config.json': { config: { Cmd: ['run'] } } };

/** A config disk with these files, as text or as JSON. */
function openDisk(context: TestContext, files: Record<string, unknown>, superblock = 'hsqs') {
  const root = scratchDirectory(context);
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  const device = join(scratchDirectory(context), 'device');
  writeFileSync(device, superblock);
  const native = new FakeNative();
  context.after(() => native.dispose());
  context.mock.method(native, 'openInRoot', (top: string, path: string, flags: number) => {
    assert.equal(top, '/config');
    return openSync(join(root, path), flags);
  });
  const { log, lines } = makeRecordingLog();
  const linesOf = recordPlans(context);
  const modules = new ModuleLoader(native, log, []);
  const loaded = context.mock.method(modules, 'loadByName', () => {});
  return {
    native,
    device,
    lines,
    loaded: () => loaded.mock.calls.map((call) => call.arguments[0]),
    plans: () => native.plans.map(linesOf),
    read: (): GuestConfig => readGuestConfig(native, log, modules, device),
  };
}

describe('readGuestConfig()', () => {
  it('mounts the disk for reading, with the module that its format takes', (context) => {
    const disk = openDisk(context, usualFiles);
    const { launch: read, image, runtime } = disk.read();
    assert.equal(read.root.format, 'squashfs');
    assert.deepEqual([image.config?.Cmd, runtime], [['run'], undefined]);
    assert.deepEqual(disk.loaded(), ['squashfs']);
    assert.deepEqual(disk.plans(), [
      [
        'makeDirectory /config 0700',
        `mount ${disk.device} /config squashfs MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC ""`,
      ],
    ]);
  });

  it('refuses a disk of an unknown format before it mounts anything', (context) => {
    const disk = openDisk(context, usualFiles, 'ext4');
    assert.throws(disk.read, {
      code: 'config',
      message: `Cannot mount the config disk "${disk.device}": expected squashfs or EROFS on it`,
    });
    assert.deepEqual([disk.loaded(), disk.plans()], [[], []]);
  });

  it('reads a configuration of the container only when the launch config says that there is one', (context) => {
    const spec = bareSpec();
    const files = { ...usualFiles, 'runtime.json': spec };
    assert.equal(openDisk(context, files).read().runtime, undefined);
    const told = openDisk(context, { ...files, 'launch.json': { ...launch, runtimeConfig: true } });
    assert.deepEqual(told.read().runtime, spec);
  });

  const withRuntime = (runtime: unknown): Record<string, unknown> => ({
    ...usualFiles,
    'launch.json': { ...launch, runtimeConfig: true },
    'runtime.json': runtime,
  });

  it('warns of what a configuration asks for in vain', (context) => {
    const disk = openDisk(context, withRuntime(bareLinux({ resources: { memory: { kernel: 1 } } })));
    disk.read();
    assert.deepEqual(
      disk.lines.map(({ level, msg }) => [level, msg]),
      [[40, 'a setting has no effect here']],
    );
    assert.match(String(disk.lines[0]?.['setting']), /linux\.resources\.memory\.kernel/);
  });

  const refused: [what: string, files: Record<string, unknown>, message: RegExp][] = [
    ['a missing launch config', { ...usualFiles, 'launch.json': undefined }, /"launch\.json"/],
    ['a launch config that is no JSON', { ...usualFiles, 'launch.json': '{' }, /"launch\.json"/],
    [
      'a missing image config',
      { 'launch.json': launch },
      /Cannot read "image\/config\.json" on the config disk/,
    ],
    ['an image config with a bad value', { ...usualFiles, 'image/config.json': { config: 1 } }, /config/],
    ['a missing configuration', { ...withRuntime(''), 'runtime.json': '' }, /runtime\.json/],
    ['a configuration with a bad value', withRuntime({ ...bareSpec(), hostname: 5 }), /hostname/],
    [
      'a configuration that a microVM can not run',
      withRuntime(bareLinux({ mountLabel: 'x' })),
      /linux\.mountLabel/,
    ],
    ['a file that is too big', { ...usualFiles, 'launch.json': ' '.repeat(2 ** 20 + 1) }, /"launch\.json"/],
  ];
  for (const [what, files, message] of refused) {
    it(`refuses ${what}`, (context) => {
      const present = Object.fromEntries(
        Object.entries(files).filter(([, content]) => content !== undefined),
      );
      assert.throws(openDisk(context, present).read, { code: 'config', message });
    });
  }
});

describe('readSeccompProfile()', () => {
  it('reads a profile on the disk', (context) => {
    const { native } = openDisk(context, { 'seccomp.json': { defaultAction: 'SCMP_ACT_ALLOW' } });
    assert.equal(readSeccompProfile(native, 'seccomp.json').defaultAction, 'SCMP_ACT_ALLOW');
  });

  it('refuses one that is missing or makes no sense', (context) => {
    const { native } = openDisk(context, { 'seccomp.json': { defaultAction: 'ALLOW' } });
    for (const name of ['seccomp.json', 'missing.json'])
      assert.throws(() => readSeccompProfile(native, name), { code: 'config', message: new RegExp(name) });
  });
});
