import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ShareDescription } from '../../../../host/vm/machine-description.ts';
import { shareArguments, sharingArguments } from '../../../../host/vm/qemu-shares.ts';

const virtiofs: ShareDescription = {
  driver: 'virtiofs',
  tag: 'firstborn-vol-0',
  socketPath: '/m/share0.sock',
};
const nine: ShareDescription = { driver: '9p', tag: 'firstborn-vol-1', path: '/a,b', readonly: true };
const onPci = (name: string): string => `${name}-pci`;

describe('sharingArguments()', () => {
  it('asks for nothing without a virtiofsd', () => {
    const nothing = { machineOption: '', args: [] };
    assert.deepEqual(sharingArguments({ machine: 'q35', memoryMiB: 512 }), nothing);
    assert.deepEqual(sharingArguments({ machine: 'microvm', memoryMiB: 512, shares: [nine] }), nothing);
  });

  it('gives a virtiofsd the memory of the guest', () => {
    assert.deepEqual(sharingArguments({ machine: 'q35', memoryMiB: 512, shares: [nine, virtiofs] }), {
      machineOption: ',memory-backend=memory',
      args: ['-object', 'memory-backend-memfd,id=memory,size=512M,share=on'],
    });
  });

  it('makes virtio-mmio modern, which daemons want', () => {
    const { args } = sharingArguments({ machine: 'microvm', memoryMiB: 512, shares: [virtiofs] });
    assert.deepEqual(args.slice(2), ['-global', 'virtio-mmio.force-legacy=off']);
  });
});

describe('shareArguments()', () => {
  it('connects a virtiofs device to the socket of its daemon', () => {
    assert.deepEqual(shareArguments(onPci, virtiofs, 3), [
      '-chardev',
      'socket,id=share3,path=/m/share0.sock',
      '-device',
      'vhost-user-fs-pci,chardev=share3,tag=firstborn-vol-0',
    ]);
  });

  it("serves a directory with QEMU's own 9p", () => {
    assert.deepEqual(
      shareArguments((name) => `${name}-device`, nine, 0),
      [
        '-fsdev',
        'local,id=share0,path=/a,,b,security_model=none,multidevs=remap,readonly=on',
        '-device',
        'virtio-9p-device,fsdev=share0,mount_tag=firstborn-vol-1',
      ],
    );
  });
});
