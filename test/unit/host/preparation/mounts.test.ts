import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  inspectMounts,
  isVerifiedDisk,
  mountModules,
  prepareMounts,
} from '../../../../host/preparation/mounts.ts';
import type { MountRequest } from '../../../../host/launch/mounts.ts';
import { scratchDirectory } from '../../../support/scratch-directory.ts';

const bind = (source: string, destination: string, readonly = false): MountRequest => ({
  type: 'bind',
  source,
  destination,
  readonly,
});

/** A mount that is to be verified. */
const verified = (source: string): MountRequest => ({
  type: 'bind',
  source,
  destination: '/a',
  readonly: true,
  verity: { rootHash: 'ab'.repeat(32) },
});

/** A file that begins as squashfs does. */
function squashfsFile(directory: string): string {
  const path = join(directory, 'disk');
  writeFileSync(path, Buffer.from('hsqs'.padEnd(4096, '\0')));
  return path;
}

test('inspectMounts() looks at sources and sorts the mounts', async (context) => {
  const directory = scratchDirectory(context);
  const mounts = await inspectMounts([
    bind(squashfsFile(directory), '/a/b'),
    { type: 'tmpfs', destination: '/c' },
    bind(directory, '/a'),
  ]);
  assert.deepEqual(
    mounts.map((mount) => [mount.request.destination, 'source' in mount ? mount.source.kind : undefined]),
    [
      ['/c', undefined],
      ['/a', 'directory'],
      ['/a/b', 'disk'],
    ],
  );
  assert.deepEqual(mountModules(mounts), ['virtiofs', '9p', '9pnet_virtio']);
  assert.deepEqual(mountModules(mounts.slice(0, 1)), []);
});

test('inspectMounts() refuses to verify a directory, or a disk without a hash tree', async (context) => {
  const directory = scratchDirectory(context);
  const disk = squashfsFile(directory);
  await assert.rejects(inspectMounts([verified(directory)]), {
    code: 'usage',
    message: `Cannot verify the directory "${directory}": only a disk has a hash tree`,
  });
  await assert.rejects(inspectMounts([verified(disk)]), {
    code: 'host',
    message: /^Cannot use the hash tree in ".*" at byte 0: there is no superblock of veritysetup\(8\)$/,
  });
  assert.equal(isVerifiedDisk((await inspectMounts([bind(disk, '/a')]))[0]!), false);
});

test('prepareMounts() needs nothing of the host for disks and memory', async (context) => {
  const directory = scratchDirectory(context);
  const source = squashfsFile(directory);
  const mounts = await inspectMounts([bind(source, '/a'), { type: 'tmpfs', destination: '/c' }]);
  const kernel = { release: '6.1.0', modules: new Set<string>() };
  const plan = await prepareMounts(mounts, { machineDir: directory, kernel });
  assert.deepEqual(plan.helpers, []);
  assert.deepEqual(plan.volumes, [{ source, destination: '/a', readonly: true }]);
});

test('prepareMounts() lets QEMU serve a directory where the kernel knows 9p alone', async (context) => {
  const directory = scratchDirectory(context);
  const kernel = { release: '6.1.0', modules: new Set(['9p', '9pnet_virtio']) };
  const plan = await prepareMounts(await inspectMounts([bind(directory, '/a', true)]), {
    machineDir: directory,
    kernel,
  });
  assert.deepEqual(plan.shares, [{ driver: '9p', tag: 'firstborn-vol-0', path: directory, readonly: true }]);
  assert.deepEqual(plan.helpers, []);
});

test('prepareMounts() says what is missing to share a directory', async (context) => {
  const directory = scratchDirectory(context);
  mkdirSync(join(directory, 'data'));
  const mounts = await inspectMounts([bind(join(directory, 'data'), '/a')]);
  const kernel = { release: '6.1.0', modules: new Set<string>() };
  await assert.rejects(prepareMounts(mounts, { machineDir: directory, kernel }), {
    code: 'host',
    message: `Cannot share the directory "${join(directory, 'data')}" with the guest: no virtiofs: the guest's kernel 6.1.0 does not have "virtiofs"; no 9p: the guest's kernel 6.1.0 does not have "9p" and "9pnet_virtio"`,
  });
});
