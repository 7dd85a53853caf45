import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SpecMount } from '../../../../../protocol/oci/runtime-spec.ts';
import { convert, convertContainer, launchWith, terminals } from './conversion-input.ts';

const defaults = ['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys', '/sys/fs/cgroup'];
const paths = (mounts: readonly SpecMount[] = []): string[] => mounts.map(({ destination }) => destination);
const mountAt = (mounts: readonly SpecMount[] | undefined, path: string): SpecMount | undefined =>
  mounts?.find(({ destination }) => destination === path);

describe('default mounts', () => {
  it('come in an order in which none hides another', () => {
    assert.deepEqual(paths(convert().mounts), defaults);
    for (const [index, path] of defaults.entries()) {
      assert.equal(
        defaults.slice(index + 1).some((later) => path.startsWith(`${later}/`)),
        false,
        path,
      );
    }
  });

  it('show the kernel for reading', () => {
    const { mounts } = convert();
    const pseudo = ['nosuid', 'nodev', 'noexec'];
    assert.deepEqual(mountAt(mounts, '/proc')?.options, pseudo);
    assert.deepEqual(mountAt(mounts, '/sys')?.options, ['ro', ...pseudo]);
    assert.deepEqual(mountAt(mounts, '/sys/fs/cgroup'), {
      destination: '/sys/fs/cgroup',
      type: 'cgroup2',
      source: 'cgroup',
      options: ['ro', ...pseudo, 'relatime'],
    });
  });

  it('show the terminals that init opens, or a devpts of their own', () => {
    assert.deepEqual(mountAt(convert().mounts, '/dev/pts'), {
      destination: '/dev/pts',
      type: 'bind',
      source: terminals,
      options: ['bind', 'nosuid', 'noexec'],
    });
    const own = mountAt(convert({ terminals: undefined }).mounts, '/dev/pts');
    assert.deepEqual([own?.type, own?.options?.includes('newinstance')], ['devpts', true]);
  });

  it('have shared memory of the wanted size', () => {
    assert.ok(mountAt(convert().mounts, '/dev/shm')?.options?.includes('size=67108864'));
    const { mounts } = convertContainer({ shmSizeBytes: 8192 });
    assert.ok(mountAt(mounts, '/dev/shm')?.options?.includes('size=8192'));
  });
});

describe('mounts of init', () => {
  it('show kernel modules read-only below their release', () => {
    const { mounts } = convert({ kernelModules: { source: '/addons/modules', release: '6.1.0' } });
    assert.deepEqual(mounts?.at(-1), {
      destination: '/lib/modules/6.1.0',
      type: 'bind',
      source: '/addons/modules',
      options: ['bind', 'ro', 'nosuid', 'nodev'],
    });
  });

  it('show the first process where there is to be one', () => {
    assert.deepEqual(mountAt(convertContainer({ init: true }).mounts, '/sbin/firstborn-init'), {
      destination: '/sbin/firstborn-init',
      type: 'bind',
      source: '/lib/firstborn/reaper',
      options: ['bind', 'ro', 'nosuid', 'nodev'],
    });
  });
});

const requested = [
  { type: 'disk', destination: '/data', serial: 'firstborn-vol-0', format: 'ext4' },
  { type: 'tmpfs', destination: '/cache' },
  { type: 'share', destination: '/data/in', readonly: true, tag: 'firstborn-vol-2', driver: 'virtiofs' },
  { type: 'tmpfs', destination: '/x', readonly: true, sizeBytes: 4096, mode: 0o700, options: ['exec'] },
];

describe('requested mounts', () => {
  it('come after everything else, in their order', () => {
    const { mounts = [] } = convert({ launch: launchWith({ mounts: requested }) });
    assert.deepEqual(mounts.slice(defaults.length), [
      {
        destination: '/data',
        type: 'bind',
        source: '/run/firstborn/volumes/0',
        options: ['bind', 'nosuid', 'nodev'],
      },
      { destination: '/cache', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777'] },
      {
        destination: '/data/in',
        type: 'bind',
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

  it('take the place of a default one', () => {
    const mounts = [{ type: 'tmpfs', destination: '/dev/shm', sizeBytes: 1 }];
    const converted = convert({ launch: launchWith({ mounts }) }).mounts;
    assert.deepEqual(paths(converted), [...defaults.filter((path) => path !== '/dev/shm'), '/dev/shm']);
  });
});

const volumesOf = (volumes: string[], mounts: object[] = []): string[] => {
  const Volumes = Object.fromEntries(volumes.map((path) => [path, {}]));
  const image = { config: { Volumes } };
  return paths(convert({ image, launch: launchWith({ mounts }) }).mounts).slice(defaults.length);
};

describe("the image's volumes", () => {
  it('become memory that begins with what the image has', () => {
    const { mounts } = convert({ image: { config: { Volumes: { '/var/lib/db': {} } } } });
    assert.deepEqual(mounts?.at(-1), {
      destination: '/var/lib/db',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'tmpcopyup'],
    });
  });

  for (const [what, volumes, mounts, expected] of [
    ['parents first', ['/a/b', '/a', '/c'], [], ['/a', '/c', '/a/b']],
    ['once each, by their plain path', ['/a/', '/a', '//a/./b/..'], [], ['/a']],
    [
      'but not where something is mounted',
      ['/data', '/d'],
      requested,
      ['/data', '/cache', '/data/in', '/x', '/d'],
    ],
    ['in what they lie in', ['/cache/x'], requested, ['/data', '/cache', '/data/in', '/x', '/cache/x']],
    [
      'before what lies in them',
      ['/data/in/.', '/data/i', '/data/o/..'],
      requested,
      ['/data', '/cache', '/data/in', '/x', '/data/i'],
    ],
    [
      'before what lies in them, where nothing else is',
      ['/srv'],
      [{ type: 'tmpfs', destination: '/srv/a' }],
      ['/srv', '/srv/a'],
    ],
  ] as [string, string[], object[], string[]][]) {
    it(`are mounted ${what}`, () => assert.deepEqual(volumesOf(volumes, mounts), expected));
  }

  for (const path of ['/', '/..', 'data', '', '/proc', '/proc/x', '/sys/fs', '/dev', '/dev/pts/0', '/a\0b']) {
    it(`can't be at ${JSON.stringify(path)}`, () => {
      assert.throws(() => volumesOf([path]), {
        code: 'config',
        message: `Cannot make the image's volume "${path}": expected an absolute path that the container has no mount of its own at`,
      });
    });
  }

  it('may be null, as Go writes', () => {
    assert.deepEqual(paths(convert({ image: { config: { Volumes: null } } }).mounts), defaults);
  });
});
