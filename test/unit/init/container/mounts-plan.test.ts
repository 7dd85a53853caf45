import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Plan } from '../../../../addon/plan.ts';
import { prepareMounts } from '../../../../init/container/mount-sources.ts';
import {
  addMounts,
  maxBindSources,
  openBindSources,
  sealTmpfs,
} from '../../../../init/container/mounts-plan.ts';
import type { SpecMount } from '../../../../protocol/oci/runtime-spec.ts';
import { noSurroundings } from '../../../support/container-plan-input.ts';
import { planLines, planLinesWithTolerance } from '../../../support/plan-text.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const prepare = (mounts: readonly SpecMount[]): ReturnType<typeof prepareMounts> =>
  prepareMounts(mounts, noSurroundings);

function mountLines(...mounts: SpecMount[]): string[] {
  const plan = new Plan();
  addMounts(plan, prepare(mounts));
  return planLines(plan);
}

function sourceLines(...mounts: SpecMount[]): string[] {
  const plan = new Plan();
  openBindSources(plan, prepare(mounts));
  return planLines(plan);
}

const tmpfs = (options: string[] = [], destination = '/t'): SpecMount => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options,
});
const bind = (options: string[] = [], source = '/'): SpecMount => ({
  destination: '/b',
  source,
  options: ['bind', ...options],
});

const manyBinds = (count: number): SpecMount[] => Array.from({ length: count }, () => bind());

function fileIn(context: TestContext): string {
  const path = join(scratchDirectory(context), 'file');
  writeFileSync(path, '');
  return path;
}

describe('addMounts()', () => {
  it('makes what is mounted on, then mounts, in the order of the configuration', () => {
    assert.deepEqual(mountLines(tmpfs([], '/a'), bind(), tmpfs([], '/a/b')), [
      'makeDirectories /a 0755',
      'mount tmpfs /a tmpfs 0 ""',
      'makeDirectories /b 0755',
      'moveMount slot 0 /b',
      'makeDirectories /a/b 0755',
      'mount tmpfs /a/b tmpfs 0 ""',
    ]);
  });

  it('gives flags to the kernel and the rest to the filesystem', () => {
    const [, line] = mountLines(tmpfs(['nosuid', 'noexec', 'noatime', 'size=1m', 'huge=never']));
    assert.equal(line, 'mount tmpfs /t tmpfs MS_NOSUID|MS_NOEXEC|MS_NOATIME size=1m,huge=never');
  });

  it('restricts a bind by a second call, as the first one takes no flags', () => {
    assert.deepEqual(mountLines(bind(['ro', 'nosuid'])).slice(1), [
      'moveMount slot 0 /b',
      'mount none /b "" MS_RDONLY|MS_NOSUID|MS_REMOUNT|MS_BIND ""',
    ]);
  });

  it('takes a restriction of the source back from a bind that says so', () => {
    assert.deepEqual(mountLines(bind(['rw'])).slice(2), ['mount none /b "" MS_REMOUNT|MS_BIND ""']);
  });

  it('binds a file onto a file, which it makes where it is missing', (context) => {
    const plan = new Plan();
    addMounts(plan, prepare([{ ...bind([], fileIn(context)), destination: '/etc/app/config' }]));
    assert.deepEqual(planLinesWithTolerance(plan), [
      'makeDirectories /etc/app 0755',
      'writeFile /etc/app/config 1 0644 "" [accepts EACCES EROFS ETXTBSY ENXIO]',
      'moveMount slot 0 /etc/app/config',
    ]);
  });

  it('sets propagations one after the other, when the mount is what it shall be', () => {
    assert.deepEqual(mountLines(bind(['ro', 'rslave', 'shared'])).slice(2), [
      'mount none /b "" MS_RDONLY|MS_REMOUNT|MS_BIND ""',
      'mount none /b "" MS_REC|MS_SLAVE ""',
      'mount none /b "" MS_SHARED ""',
    ]);
  });

  it('restricts all that is below a mount by one call', () => {
    assert.deepEqual(
      mountLines(bind(['rro', 'rnosuid', 'rexec'])).at(-1),
      ['setMountAttributes /b AT_RECURSIVE MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID MOUNT_ATTR_NOEXEC 0'].join(),
    );
  });

  it('leaves a tmpfs writable that sealTmpfs() is to make read-only', () => {
    assert.deepEqual(mountLines(tmpfs(['ro', 'nodev'])), [
      'makeDirectories /t 0755',
      'mount tmpfs /t tmpfs MS_NODEV ""',
    ]);
  });

  it('gives a tmpfs the mode of what it covers', () => {
    const plan = new Plan();
    addMounts(plan, prepareMounts([tmpfs()], { ...noSurroundings, modes: new Map([['/t', 0o1777]]) }));
    assert.equal(planLines(plan).at(-1), 'changeMode /t 01777');
  });

  it('takes cgroup2 for what asks for the hierarchy of cgroup1', () => {
    const lines = mountLines({ destination: '/c', type: 'cgroup', source: 'cgroup', options: ['ro'] });
    assert.equal(lines[1], 'mount cgroup /c cgroup2 MS_RDONLY ""');
  });

  it('hardens proc and sysfs whatever they say', () => {
    const lines = mountLines({ destination: '/proc', type: 'proc', source: 'proc', options: ['suid'] });
    assert.equal(lines[1], 'mount proc /proc proc MS_NOSUID|MS_NODEV|MS_NOEXEC ""');
  });

  it('has no type and no source for a mount that names none', () => {
    const lines = mountLines({ destination: '/x', options: ['remount', 'ro'] });
    assert.equal(lines[1], 'mount none /x none MS_RDONLY|MS_REMOUNT ""');
  });
});

it('sealTmpfs() makes read-only what is to be so, and no other mounts', () => {
  const plan = new Plan();
  const proc = { destination: '/proc', type: 'proc', source: 'proc', options: ['ro'] };
  sealTmpfs(
    plan,
    prepare([tmpfs(['ro'], '/a'), bind(['ro']), tmpfs([], '/b'), proc, tmpfs(['rw', 'ro'], '/c')]),
  );
  assert.deepEqual(planLines(plan), [
    'setMountAttributes /a 0 MOUNT_ATTR_RDONLY 0 0',
    'setMountAttributes /c 0 MOUNT_ATTR_RDONLY 0 0',
  ]);
});

describe('openBindSources()', () => {
  it('opens the sources of binds alone, with all that is mounted below only for rbind', () => {
    const recursive = { destination: '/r', source: '/proc', options: ['rbind'] };
    assert.deepEqual(sourceLines(tmpfs(), bind(), tmpfs(), recursive), [
      'openTree slot 0 / OPEN_TREE_CLONE',
      'openTree slot 1 /proc OPEN_TREE_CLONE|AT_RECURSIVE',
    ]);
  });

  it('refuses more sources than there are slots', () => {
    assert.equal(sourceLines(...manyBinds(maxBindSources)).length, maxBindSources);
    assert.throws(() => sourceLines(...manyBinds(maxBindSources + 1)), {
      code: 'config',
      message: 'Cannot bind 121 sources, at most 120',
    });
  });
});
