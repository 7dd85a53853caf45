import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeDomain, type DomainLayout, volumeDevice } from '../../../../host/launch/domain-layout.ts';
import { refuseForXen, refuseSharesForXen, type XenWish } from '../../../../host/launch/xen-refusals.ts';

const layout: DomainLayout = {
  architecture: 'x86_64',
  xen: { type: 'pvh', maxCpus: undefined, maxMemoryMiB: undefined },
  name: 'firstborn-1',
  cpus: 2,
  memoryMiB: 512,
  logLevel: 'info',
  kernelPath: '/k',
  initramfsPath: '/i',
  rootDiskPath: '/r',
  configDiskPath: '/c',
  volumeDisks: [{ path: '/v', device: volumeDevice(0), readonly: false }],
  network: undefined,
  configPath: '/m/domain.cfg',
};

describe('describeDomain()', () => {
  it('puts root and config first and leaves the third place to kernel modules', () => {
    const { disks, kernelArguments, maxCpus, maxMemoryMiB, machine, network } = describeDomain(layout);
    assert.deepEqual(
      disks.map(({ path, device, readonly }) => [path, device, readonly]),
      [
        ['/r', 'xvda', true],
        ['/c', 'xvdb', true],
        ['/v', 'xvdd', false],
      ],
    );
    assert.equal(kernelArguments[0], 'console=hvc0');
    assert.deepEqual([machine, maxCpus, maxMemoryMiB, network], ['pvh', 2, 512, undefined]);
  });

  it('lets a guest grow, and not begin above its limits', () => {
    const grown = describeDomain({ ...layout, xen: { type: 'pv', maxCpus: 4, maxMemoryMiB: 1024 } });
    assert.deepEqual([grown.maxCpus, grown.maxMemoryMiB], [4, 1024]);
    for (const limits of [{ maxCpus: 1 }, { maxMemoryMiB: 511 }]) {
      assert.throws(() => describeDomain({ ...layout, xen: { ...layout.xen, ...limits } }), {
        code: 'usage',
      });
    }
  });
});

describe('volumeDevice()', () => {
  it('counts from d to z', () => {
    assert.deepEqual([volumeDevice(0), volumeDevice(22)], ['xvdd', 'xvdz']);
    assert.throws(() => volumeDevice(23), {
      message: 'Cannot give a Xen guest more than 23 disks as volumes',
    });
  });
});

describe('refuseForXen()', () => {
  const wish: XenWish = {
    architecture: 'x86_64',
    accelerator: 'auto',
    network: { mode: 'none', addresses: [], dns: [] },
    ports: [],
    runtimePlace: 'initramfs',
    xen: layout.xen,
  };

  it('takes what Xen can do', () => {
    refuseForXen(wish);
    refuseForXen({ ...wish, xen: { ...layout.xen, type: 'pv' } });
  });

  const bad: [string, Partial<XenWish>, RegExp][] = [
    ['pv on arm64', { architecture: 'aarch64', xen: { ...layout.xen, type: 'pv' } }, /there is only "pvh"$/],
    ['an accelerator', { accelerator: 'kvm' }, /^Cannot choose the accelerator "kvm" with Xen/],
    ["QEMU's network", { network: { mode: 'user', addresses: [], dns: [] } }, /use "bridge=NAME"/],
    [
      'ports',
      { ports: [{ protocol: 'tcp', hostAddress: '', hostPort: 80, guestPort: 80 }] },
      /give the guest an address on a bridge/,
    ],
    ['a runtime disk', { runtimePlace: 'disk' }, /use "initramfs"$/],
  ];
  for (const [what, change, message] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(() => refuseForXen({ ...wish, ...change }), { code: 'usage', message });
    });
  }

  it('refuses to share a directory', () => {
    const request = { type: 'bind', source: '/src', destination: '/dst', readonly: true } as const;
    assert.throws(() => refuseSharesForXen([{ request, source: { kind: 'directory', path: '/src' } }]), {
      message: /^Cannot share the directory "\/src" with Xen: make a disk of it, such as mkfs\.ext4 -d/,
    });
    refuseSharesForXen([{ request: { type: 'tmpfs', destination: '/t', options: [] } }]);
  });
});
