import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Plan } from '../../../../addon/plan.ts';
import {
  firstStagePlan,
  firstStagePlanFile,
  modulesForRuntimeDisk,
} from '../../../../image/initramfs/first-stage-plan.ts';
import { earlyMountsPlan } from '../../../../init/phases/early-mounts.ts';
import type { KernelModule } from '../../../../protocol/kernel-modules.ts';

const module = (name: string, dependencies: string[] = []): KernelModule => ({
  name,
  path: `/lib/modules/6.1.0/${name}.ko`,
  dependencies,
  aliases: [],
});

/** In loading order, as they are packed. */
const modules = [
  module('virtio'),
  module('virtio_ring', ['virtio']),
  module('virtio_pci', ['virtio', 'virtio_ring']),
  module('virtio_blk', ['virtio', 'virtio_ring']),
  module('failover'),
  module('virtio_net', ['virtio', 'virtio_ring', 'failover']),
  module('squashfs'),
  module('libcrc32c'),
  module('erofs', ['libcrc32c']),
];

const lines = (plan: Plan): string[] =>
  plan.describe().map(({ name, arguments: words }) => [name, ...words].join(' ').trimEnd());

describe('modulesForRuntimeDisk()', () => {
  it('picks the bus, the driver and the filesystem with what they need, in loading order', () => {
    assert.deepEqual(
      modulesForRuntimeDisk(modules).map(({ name }) => name),
      ['virtio', 'virtio_ring', 'virtio_pci', 'virtio_blk', 'libcrc32c', 'erofs'],
    );
  });
});

describe('firstStagePlan()', () => {
  it('finds the disk by its serial, mounts it and leaves /sys as it was', () => {
    assert.deepEqual(lines(firstStagePlan([]).plan), [
      'mount devtmpfs /dev devtmpfs MS_NOSUID|MS_NOEXEC mode=0755',
      'mount sysfs /sys sysfs MS_NOSUID|MS_NODEV|MS_NOEXEC',
      'linkDisk firstborn-runtime /dev/firstborn-runtime 15000',
      'unmount /sys 0',
      'mount /dev/firstborn-runtime /runtime erofs MS_RDONLY|MS_NOSUID|MS_NODEV',
    ]);
  });

  it('loads the modules first, and goes on without one that the kernel refuses', () => {
    const { plan } = firstStagePlan(modules);
    assert.deepEqual(lines(plan).slice(0, 2), [
      'loadModule /lib/modules/6.1.0/virtio.ko',
      'loadModule /lib/modules/6.1.0/virtio_ring.ko',
    ]);
    const expected = new Plan().loadModule('/lib/modules/6.1.0/virtio.ko', '', {
      accept: ['EEXIST'],
      orWarn: true,
    });
    const recordBytes = expected.bytes().subarray(16);
    assert.deepEqual(plan.bytes().subarray(16, 16 + recordBytes.length), recordBytes);
  });

  it('mounts /dev as init would', () => {
    const inInit = lines(earlyMountsPlan()).find((line) => line.startsWith('mount devtmpfs'));
    assert.ok(lines(firstStagePlan([]).plan).includes(inInit ?? 'none'));
  });
});

describe('firstStagePlanFile()', () => {
  it('holds the plan and a line for each operation behind it', () => {
    const { plan, actions } = firstStagePlan(modules);
    const file = firstStagePlanFile(modules);
    const planBytes = plan.bytes();
    assert.equal(file.readUInt32LE(12), planBytes.length);
    assert.deepEqual(file.subarray(0, planBytes.length), Buffer.from(planBytes));
    const texts = file.toString('utf8', planBytes.length).split('\n');
    assert.equal(texts.pop(), '');
    assert.deepEqual(texts, actions);
    assert.equal(texts.length, plan.length);
    assert.equal(
      texts.at(-3),
      'find the runtime disk, a virtio disk with the serial "firstborn-runtime", within 15 s',
    );
  });
});
