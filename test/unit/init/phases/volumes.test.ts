import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MountConfig } from '../../../../protocol/launch-config.ts';
import type { VerityConfig } from '../../../../protocol/verity.ts';
import {
  diskNode,
  mountVolumes,
  volumeModules,
  volumePlan,
  type VolumeMount,
} from '../../../../init/phases/volumes.ts';
import { ModuleLoader } from '../../../../init/phases/modules.ts';
import { openFakeChildren, rest } from '../../../support/fake-children.ts';
import { planLines } from '../../../support/plan-text.ts';

const ext4: VolumeMount = {
  type: 'disk',
  destination: '/data',
  readonly: false,
  serial: 'firstborn-vol-0',
  format: 'ext4',
};
const verity: VerityConfig = {
  rootHash: '0'.repeat(64),
  salt: '',
  algorithm: 'sha256',
  dataBlocks: 1,
  hashOffsetBytes: 4096,
  blockSizeBytes: 4096,
};
const share: VolumeMount = {
  type: 'share',
  destination: '/share',
  readonly: true,
  tag: 'firstborn-vol-1',
  driver: 'virtiofs',
};

for (const [what, mount, source, line] of [
  ['a disk to write to', ext4, '/dev/vdc', 'mount /dev/vdc /v ext4 MS_NOSUID|MS_NODEV ""'],
  [
    'a disk to read',
    { ...ext4, readonly: true },
    '/dev/vdc',
    'mount /dev/vdc /v ext4 MS_RDONLY|MS_NOSUID|MS_NODEV ""',
  ],
  [
    'what knows no writing',
    { ...ext4, format: 'squashfs' },
    '/dev/vdc',
    'mount /dev/vdc /v squashfs MS_RDONLY|MS_NOSUID|MS_NODEV ""',
  ],
  [
    'what is verified',
    { ...ext4, verity },
    '/dev/dm-0',
    'mount /dev/dm-0 /v ext4 MS_RDONLY|MS_NOSUID|MS_NODEV ""',
  ],
  ['a share', share, 'tag', 'mount tag /v virtiofs MS_RDONLY|MS_NOSUID|MS_NODEV ""'],
  [
    'a share over 9p',
    { ...share, driver: '9p', readonly: false },
    'tag',
    'mount tag /v 9p MS_NOSUID|MS_NODEV trans=virtio,version=9p2000.L,msize=262144',
  ],
] as const) {
  test(`volumePlan() mounts ${what}`, () => {
    assert.deepEqual(planLines(volumePlan(mount, source, '/v')), [
      'makeDirectories /run/firstborn/volumes 0700',
      'makeDirectory /v 0755',
      line,
    ]);
  });
}

test('volumeModules() are those of the filesystem and its transport', () => {
  assert.deepEqual(volumeModules(ext4), ['ext4']);
  assert.deepEqual(volumeModules(share), ['virtiofs']);
  assert.deepEqual(volumeModules({ ...share, driver: '9p' }), ['9p', '9pnet_virtio']);
});

test('diskNode() goes by the serial', () => {
  const devices = [
    { name: 'vda', serial: undefined },
    { name: 'vdc', serial: 'firstborn-vol-0' },
  ];
  assert.equal(diskNode(devices, 'firstborn-vol-0'), '/dev/vdc');
  assert.equal(diskNode(devices, 'firstborn-vol-1'), undefined);
});

test('diskNode() goes by the name where disks have no serial, and only there', () => {
  const xen = [
    { name: 'xvda', serial: undefined },
    { name: 'xvdd', serial: undefined },
  ];
  assert.equal(diskNode(xen, 'xvdd'), '/dev/xvdd');
  assert.equal(diskNode([{ name: 'xvdd', serial: 'other' }], 'xvdd'), undefined);
});

test('mountVolumes() passes a tmpfs over, and names the volume that can not be mounted', async (context) => {
  const guest = openFakeChildren(context);
  const { native, log } = guest.dependencies;
  const tmpfs: MountConfig = { type: 'tmpfs', destination: '/c', readonly: false, options: [] };
  guest.handshakes.push([['failed', 2, 22]]);
  const mounting = mountVolumes(guest.dependencies, new ModuleLoader(native, log, []), [tmpfs, share]);
  mounting.catch(() => {});
  await rest(guest);
  assert.equal(guest.children.length, 1);
  guest.end({ pid: guest.children[0]?.pid ?? 0, code: 1 });
  await rest(guest);
  await assert.rejects(mounting, (error: Error) => {
    assert.equal(error.message, 'Cannot provide the volume for "/share"');
    assert.match(
      (error.cause as Error).message,
      /^Cannot mount "firstborn-vol-1" at "\/run\/firstborn\/volumes\/1" as "virtiofs"/,
    );
    return true;
  });
});
