import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MountRequest } from '../../../../host/launch/mounts.ts';
import type { VolumeSource } from '../../../../host/launch/volume-source.ts';
import { type InspectedMount, planMounts } from '../../../../host/launch/volumes.ts';
import type { VerityConfig } from '../../../../protocol/verity.ts';

const disk = (path: string, format: 'ext4' | 'squashfs' | 'erofs', needsRecovery = false): VolumeSource => ({
  kind: 'disk',
  path,
  format,
  needsRecovery,
});
const bind = (source: VolumeSource, destination: string, readonly = false): InspectedMount => ({
  request: { type: 'bind', source: source.path, destination, readonly },
  source,
});
const noShare = (): never => assert.fail('nothing is shared');

/** Plans the same disk once read-only and once as given. */
const twice = (readonly: boolean): void => {
  planMounts([bind(disk('/a', 'ext4'), '/a', true), bind(disk('/a', 'ext4'), '/b', readonly)], noShare);
};

describe('planMounts()', () => {
  it('names disks as it is told to', () => {
    const mounts = [bind(disk('/a', 'ext4'), '/a'), bind(disk('/b', 'squashfs'), '/b')];
    const { guest, disks } = planMounts(mounts, noShare, (mount, index) => `mount${mount}-disk${index}`);
    assert.deepEqual(
      disks.map(({ serial }) => serial),
      ['mount0-disk0', 'mount1-disk1'],
    );
    assert.deepEqual(
      guest.map((mount) => mount.type === 'disk' && mount.serial),
      ['mount0-disk0', 'mount1-disk1'],
    );
  });

  it('names every volume by its place among the mounts', () => {
    const tmpfs: Exclude<MountRequest, { type: 'bind' }> = { type: 'tmpfs', destination: '/c' };
    const helper = { program: '/v', args: [], socketPath: '/m/share2.sock' };
    const plan = planMounts(
      [
        bind(disk('/a.ext4', 'ext4'), '/a'),
        { request: tmpfs },
        bind({ kind: 'directory', path: '/b' }, '/b', true),
        bind(disk('/d.sqfs', 'squashfs'), '/d'),
      ],
      ({ tag, index, readonly, path }) => {
        assert.deepEqual([tag, index, readonly, path], ['firstborn-vol-2', 2, true, '/b']);
        return { share: { driver: 'virtiofs', tag, socketPath: helper.socketPath }, helper };
      },
    );
    assert.deepEqual(plan, {
      guest: [
        { type: 'disk', destination: '/a', readonly: false, serial: 'firstborn-vol-0', format: 'ext4' },
        tmpfs,
        { type: 'share', destination: '/b', readonly: true, tag: 'firstborn-vol-2', driver: 'virtiofs' },
        { type: 'disk', destination: '/d', readonly: true, serial: 'firstborn-vol-3', format: 'squashfs' },
      ],
      disks: [
        { path: '/a.ext4', serial: 'firstborn-vol-0', readonly: false, format: 'raw' },
        { path: '/d.sqfs', serial: 'firstborn-vol-3', readonly: true, format: 'raw' },
      ],
      shares: [{ driver: 'virtiofs', tag: 'firstborn-vol-2', socketPath: '/m/share2.sock' }],
      helpers: [helper],
      volumes: [
        { source: '/a.ext4', destination: '/a', readonly: false },
        { source: '/b', destination: '/b', readonly: true },
        { source: '/d.sqfs', destination: '/d', readonly: true },
      ],
    });
  });

  it('gives a verified disk what verifies it, and nobody writes to it', () => {
    const verity: VerityConfig = {
      rootHash: 'ab'.repeat(32),
      salt: '',
      algorithm: 'sha256',
      dataBlocks: 1,
      hashOffsetBytes: 4096,
      blockSizeBytes: 4096,
    };
    const source = { ...disk('/a.ext4', 'ext4'), verity };
    const { guest, disks, volumes } = planMounts([bind(source, '/a')], noShare);
    const serial = 'firstborn-vol-0';
    assert.deepEqual(guest, [
      { type: 'disk', destination: '/a', readonly: true, serial, format: 'ext4', verity },
    ]);
    assert.deepEqual(disks, [{ path: '/a.ext4', serial, readonly: true, format: 'raw' }]);
    assert.deepEqual(volumes, [{ source: '/a.ext4', destination: '/a', readonly: true }]);
  });

  it('refuses one disk twice unless nobody writes to it', () => {
    twice(true);
    assert.throws(() => twice(false), {
      code: 'usage',
      message: 'Cannot mount "/a" twice unless both are read-only',
    });
  });

  it('refuses to read an ext4 whose journal must be replayed first', () => {
    const dirty = disk('/a', 'ext4', true);
    planMounts([bind(dirty, '/a')], noShare);
    assert.throws(() => planMounts([bind(dirty, '/a', true)], noShare), {
      code: 'host',
      message: /^Cannot mount "\/a" read-only: its journal must be replayed first/,
    });
  });
});
