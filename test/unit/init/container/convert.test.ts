import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  composeArguments,
  composeUser,
  type ConversionInput,
  toRuntimeConfig,
} from '../../../../init/container/convert.ts';
import { defaultCapabilities, defaultMounts } from '../../../../init/container/defaults.ts';
import type { ImageConfig } from '../../../../protocol/image-config.ts';
import { type LaunchConfig, parseLaunchConfig } from '../../../../protocol/launch-config.ts';

const launchWith = (process: object = {}): LaunchConfig =>
  parseLaunchConfig({ version: 1, root: { format: 'squashfs' }, process });

type Words = string[] | null | undefined;
const composition: [what: string, image: [Words, Words], launch: [Words, Words], args: string[]][] = [
  ['entrypoint and command of the image', [['e'], ['c', 'd']], [undefined, undefined], ['e', 'c', 'd']],
  ['an image with an entrypoint only', [['e', 'x'], undefined], [undefined, undefined], ['e', 'x']],
  ['an image with a command only', [undefined, ['c']], [undefined, undefined], ['c']],
  ['null for absent, as Go writes', [null, ['c']], [undefined, undefined], ['c']],
  ['a command given', [['e'], ['c']], [undefined, ['n']], ['e', 'n']],
  ['an empty command given', [['e'], ['c']], [undefined, []], ['e']],
  ['an entrypoint given: the command of the image goes', [['e'], ['c']], [['n'], undefined], ['n']],
  ['both given', [['e'], ['c']], [['n'], ['m']], ['n', 'm']],
  ['an empty entrypoint and a command given', [['e'], ['c']], [[], ['m']], ['m']],
  ['an empty entrypoint given: a shell', [['e'], ['c']], [[], undefined], ['/bin/sh']],
  ['nothing anywhere: a shell', [undefined, undefined], [undefined, undefined], ['/bin/sh']],
  ['empty lists anywhere: a shell', [[], []], [undefined, undefined], ['/bin/sh']],
  ['empty words, which are words', [[''], undefined], [undefined, undefined], ['']],
];
for (const [what, [Entrypoint, Cmd], [entrypoint, command], args] of composition) {
  test(`composeArguments() goes by ${what}`, () => {
    const image: ImageConfig = { config: { Entrypoint, Cmd } };
    const launch = launchWith({ entrypoint: entrypoint ?? undefined, command: command ?? undefined });
    assert.deepEqual(composeArguments(image, launch.process), args);
  });
}

test('composeArguments() starts a shell for an image without a config', () => {
  assert.deepEqual(composeArguments({}, launchWith().process), ['/bin/sh']);
  assert.deepEqual(composeArguments({ config: null }, launchWith().process), ['/bin/sh']);
});

test('composeUser() prefers the launch config, then the image, then nobody in particular', () => {
  const image = { config: { User: 'image' } };
  assert.equal(composeUser(image, launchWith({ user: 'launch' }).process), 'launch');
  assert.equal(composeUser(image, launchWith({ user: '' }).process), '');
  assert.equal(composeUser(image, launchWith().process), 'image');
  assert.equal(composeUser({ config: { User: null } }, launchWith().process), '');
  assert.equal(composeUser({}, launchWith().process), '');
});

const terminals = '/run/firstborn/pts/main';

function convert(changes: Partial<ConversionInput> = {}): ReturnType<typeof toRuntimeConfig> {
  return toRuntimeConfig({
    image: { config: { Cmd: ['run'], Env: ['A=1'], WorkingDir: '/srv' } },
    launch: launchWith({ env: { B: '2' } }),
    user: { uid: 0, gid: 0, additionalGids: [], home: '/root' },
    hostname: 'web',
    terminals,
    kernelModules: undefined,
    ...changes,
  });
}

test('toRuntimeConfig() puts the process together', () => {
  const { process, hostname } = convert({ user: { uid: 0, gid: 5, additionalGids: [6], home: '/root' } });
  assert.equal(hostname, 'web');
  assert.deepEqual(process.args, ['run']);
  assert.deepEqual(process.env.slice(0, 3), ['A=1', 'B=2', 'container=firstborn']);
  assert.equal(process.cwd, '/srv');
  assert.deepEqual(process.user, { uid: 0, gid: 5, additionalGids: [6], umask: 0o022 });
});

test('toRuntimeConfig() starts in the working directory of launch config, image, or root', () => {
  assert.equal(convert({ launch: launchWith({ workingDir: '/launch' }) }).process.cwd, '/launch');
  assert.equal(convert({ image: { config: { WorkingDir: '' } } }).process.cwd, '/');
  assert.equal(convert({ image: { config: { WorkingDir: null } } }).process.cwd, '/');
  assert.equal(convert({ image: {} }).process.cwd, '/');
});

test('toRuntimeConfig() gives root the default capabilities and none to inherit', () => {
  assert.deepEqual(convert().process.capabilities, {
    bounding: defaultCapabilities,
    effective: defaultCapabilities,
    permitted: defaultCapabilities,
    inheritable: [],
    ambient: [],
  });
});

test('toRuntimeConfig() gives other users no capabilities but what setuid programs may gain', () => {
  const { capabilities } = convert({ user: { uid: 1000, gid: 0, additionalGids: [], home: '/' } }).process;
  assert.deepEqual(capabilities.effective, []);
  assert.deepEqual(capabilities.permitted, []);
  assert.deepEqual(capabilities.bounding, defaultCapabilities);
});

test('toRuntimeConfig() withholds what would reach the machine', () => {
  for (const name of [
    'CAP_SYS_ADMIN',
    'CAP_SYS_MODULE',
    'CAP_SYS_BOOT',
    'CAP_MKNOD',
    'CAP_NET_ADMIN',
  ] as const) {
    assert.equal(defaultCapabilities.includes(name), false, name);
  }
});

test('toRuntimeConfig() isolates the container but for the network', () => {
  assert.deepEqual(convert().linux.namespaces, ['mount', 'pid', 'ipc', 'uts', 'cgroup']);
});

test('toRuntimeConfig() shows kernel modules read-only below their release, last of the mounts', () => {
  assert.deepEqual(convert().mounts, defaultMounts(terminals));
  const { mounts } = convert({ kernelModules: { source: '/addons/modules', release: '6.1.0' } });
  assert.deepEqual(mounts.slice(0, -1), defaultMounts(terminals));
  assert.deepEqual(mounts.at(-1), {
    destination: '/lib/modules/6.1.0',
    type: 'none',
    source: '/addons/modules',
    options: ['bind', 'ro', 'nosuid', 'nodev'],
  });
});

test('toRuntimeConfig() mounts parents before what lies in them', () => {
  const destinations = defaultMounts(terminals).map((mount) => mount.destination);
  for (const [index, path] of destinations.entries()) {
    const later = destinations.slice(index + 1);
    assert.equal(
      later.some((other) => path.startsWith(`${other}/`)),
      false,
      path,
    );
  }
});

test('toRuntimeConfig() shows the terminals that init opens as /dev/pts', () => {
  assert.deepEqual(
    convert().mounts.find(({ destination }) => destination === '/dev/pts'),
    { destination: '/dev/pts', type: 'none', source: terminals, options: ['bind', 'nosuid', 'noexec'] },
  );
});

test('toRuntimeConfig() says what a terminal is only where there is one', () => {
  const launch = launchWith({ terminal: { rows: 24, columns: 80 } });
  assert.ok(convert({ launch }).process.env.includes('TERM=xterm'));
  assert.equal(convert().process.env.includes('TERM=xterm'), false);
});

test('toRuntimeConfig() adds what the launch config mounts, after everything of its own', () => {
  const launch = parseLaunchConfig({
    version: 1,
    root: { format: 'squashfs' },
    mounts: [
      { type: 'disk', destination: '/data', serial: 'firstborn-vol-0', format: 'ext4' },
      { type: 'tmpfs', destination: '/cache' },
      { type: 'share', destination: '/data/in', readonly: true, tag: 'firstborn-vol-2', driver: 'virtiofs' },
      { type: 'tmpfs', destination: '/x', readonly: true, sizeBytes: 4096, mode: 0o700, options: ['exec'] },
    ],
  });
  const { mounts } = convert({ launch });
  const own = defaultMounts(terminals).length;
  assert.deepEqual(mounts.slice(own), [
    {
      destination: '/data',
      type: 'none',
      source: '/run/firstborn/volumes/0',
      options: ['bind', 'nosuid', 'nodev'],
    },
    { destination: '/cache', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777'] },
    {
      destination: '/data/in',
      type: 'none',
      source: '/run/firstborn/volumes/2',
      options: ['bind', 'nosuid', 'nodev', 'ro'],
    },
    {
      destination: '/x',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'ro', 'mode=700', 'size=4096', 'exec'],
    },
  ]);
});
