import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DomainDescription } from '../../../../host/vm/domain-description.ts';
import { xlConfig, xlString } from '../../../../host/vm/xl-config.ts';

const base: DomainDescription = {
  architecture: 'x86_64',
  machine: 'pvh',
  accelerator: 'xen',
  name: 'firstborn-5308b0e0523ffbd7',
  cpus: 1,
  maxCpus: 1,
  memoryMiB: 512,
  maxMemoryMiB: 512,
  kernelPath: '/build/kernel/vmlinuz',
  initramfsPath: '/cache/initramfs.cpio',
  kernelArguments: ['console=hvc0', 'panic=-1'],
  disks: [
    { path: '/m/root.squashfs', device: 'xvda', readonly: true },
    { path: '/m/config.squashfs', device: 'xvdb', readonly: true },
  ],
  configPath: '/m/domain.cfg',
};

const smallest = `name = "firstborn-5308b0e0523ffbd7"
type = "pvh"
kernel = "/build/kernel/vmlinuz"
ramdisk = "/cache/initramfs.cpio"
cmdline = "console=hvc0 panic=-1"
memory = 512
maxmem = 512
vcpus = 1
maxvcpus = 1
disk = [ "format=raw,vdev=xvda,access=ro,target=/m/root.squashfs", "format=raw,vdev=xvdb,access=ro,target=/m/config.squashfs" ]
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
on_watchdog = "destroy"
`;

const largest = `name = "firstborn-5308b0e0523ffbd7"
type = "pv"
kernel = "/build/kernel/vmlinuz"
ramdisk = "/cache/initramfs.cpio"
cmdline = "console=hvc0 panic=-1"
memory = 512
maxmem = 2048
vcpus = 2
maxvcpus = 4
disk = [ "format=raw,vdev=xvda,access=ro,target=/m/root.squashfs", "format=raw,vdev=xvdb,access=ro,target=/m/config.squashfs", "format=raw,vdev=xvdd,access=rw,target=/data/my disk, the second.ext4" ]
vif = [ "mac=00:16:3e:53:08:b0,bridge=xenbr0" ]
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
on_watchdog = "destroy"
`;

describe('xlConfig()', () => {
  it('writes the smallest guest', () => {
    assert.equal(xlConfig(base), smallest);
  });

  it('keeps the domain of a guest that has crashed for who wants to look at it', () => {
    const kept = smallest.replace('on_crash = "destroy"', 'on_crash = "preserve"');
    assert.equal(xlConfig(base, { keepsCrashed: true }), kept);
  });

  it('writes a guest with room to grow, a volume and a card', () => {
    const description: DomainDescription = {
      ...base,
      machine: 'pv',
      cpus: 2,
      maxCpus: 4,
      maxMemoryMiB: 2048,
      disks: [...base.disks, { path: '/data/my disk, the second.ext4', device: 'xvdd', readonly: false }],
      network: { kind: 'bridge', bridge: 'xenbr0', mac: '00:16:3e:53:08:b0' },
    };
    assert.equal(xlConfig(description), largest);
  });

  const bad: [string, Partial<DomainDescription>][] = [
    ['a quotation mark in a path', { kernelPath: '/k"\nextra = "x' }],
    ['a line break in a name', { name: 'a\nb' }],
    ['a backslash in an argument', { kernelArguments: ['a\\'] }],
    ['an apostrophe in a path', { initramfsPath: "/it's" }],
    ["a comma in a disk's name", { disks: [{ path: '/d', device: 'xvda,access=rw', readonly: true }] }],
    ['a path that ends with a blank', { disks: [{ path: '/d ', device: 'xvda', readonly: true }] }],
    ['a comma in a bridge', { network: { kind: 'bridge', bridge: 'b,script=/x', mac: '00:16:3e:00:00:01' } }],
    ['an empty bridge', { network: { kind: 'bridge', bridge: '', mac: '00:16:3e:00:00:01' } }],
  ];
  for (const [what, change] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(() => xlConfig({ ...base, ...change }), { code: 'usage' });
    });
  }
});

describe('xlString()', () => {
  it('says what it can not write', () => {
    assert.equal(xlString('a b,c=[#] ü'), '"a b,c=[#] ü"');
    assert.throws(() => xlString('a"b'), {
      message:
        'Cannot write "a\\"b" into a configuration of xl: it can\'t hold quotation marks, backslashes and control characters',
    });
  });
});
