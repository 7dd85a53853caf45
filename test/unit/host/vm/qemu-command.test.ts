import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MachineDescription } from '../../../../host/vm/machine-description.ts';
import { qemuCommand } from '../../../../host/vm/qemu-command.ts';

const base: MachineDescription = {
  architecture: 'x86_64',
  machine: 'q35',
  accelerator: 'tcg',
  cpus: 2,
  memoryMiB: 512,
  kernelPath: '/k/vmlinuz',
  initramfsPath: '/k/initramfs.cpio',
  kernelArguments: ['console=ttyS0', 'panic=-1'],
  disks: [{ path: '/m/root.squashfs', serial: 'firstborn-root', readonly: true, format: 'raw' }],
  channelSocketPath: '/m/channel.sock',
  console: { logPath: '/m/console.log' },
};

const sandbox = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/** Arguments in pairs of option and value, for comparing one option at a time. */
function valuesOf(description: MachineDescription, option: string): string[] {
  const { args } = qemuCommand(description);
  return args.flatMap((word, index) => (word === option ? [args[index + 1] ?? ''] : []));
}

describe('qemuCommand()', () => {
  it('makes a whole command line for q35 without a network', () => {
    assert.deepEqual(qemuCommand(base), {
      program: 'qemu-system-x86_64',
      args: [
        ['-nodefaults', '-no-user-config'],
        ['-display', 'none'],
        ['-no-reboot'],
        ['-sandbox', sandbox],
        ['-machine', 'q35,usb=off,vmport=off,smbus=off,sata=off,accel=tcg'],
        ['-cpu', 'max,-erms,-fsrm'],
        ['-smp', '2'],
        ['-m', '512M'],
        ['-kernel', '/k/vmlinuz'],
        ['-initrd', '/k/initramfs.cpio'],
        ['-append', 'console=ttyS0 panic=-1'],
        ['-chardev', 'file,id=console,path=/m/console.log,append=on'],
        ['-device', 'isa-serial,chardev=console'],
        [
          '-blockdev',
          'driver=raw,node-name=disk0,read-only=on,file.driver=file,file.filename=/m/root.squashfs,file.locking=auto,file.aio=threads',
        ],
        ['-device', 'virtio-blk-pci,drive=disk0,serial=firstborn-root'],
        ['-chardev', 'socket,id=channel,path=/m/channel.sock,server=on,wait=off'],
        ['-device', 'virtio-serial-pci,id=ports,max_ports=2'],
        ['-device', 'virtserialport,bus=ports.0,chardev=channel,name=org.firstborn.channel.0'],
        ['-device', 'virtio-rng-pci'],
      ].flat(),
    });
  });

  for (const [machine, expected] of [
    ['q35', 'virtio-blk-pci'],
    ['pc', 'virtio-blk-pci'],
    ['microvm', 'virtio-blk-device'],
  ] as const) {
    it(`gives ${machine} devices on its own bus`, () => {
      const devices = valuesOf({ ...base, machine }, '-device');
      assert.ok(devices.some((device) => device.startsWith(`${expected},`)));
      const bus = expected.replace('virtio-blk', '');
      for (const device of devices.filter((name) => name.startsWith('virtio-'))) {
        assert.match(device, new RegExp(`^virtio-(blk|serial|rng)${bus}(,|$)`));
      }
    });
  }

  it('takes the host CPU with KVM', () => {
    const description: MachineDescription = { ...base, accelerator: 'kvm', machine: 'microvm' };
    assert.deepEqual(valuesOf(description, '-cpu'), ['host']);
    assert.deepEqual(valuesOf(description, '-machine'), ['microvm,acpi=on,isa-serial=off,accel=kvm']);
  });

  it('gives arm64 its own program, board and serial port', () => {
    const description: MachineDescription = { ...base, architecture: 'aarch64', machine: 'virt' };
    assert.equal(qemuCommand(description).program, 'qemu-system-aarch64');
    assert.deepEqual(valuesOf(description, '-machine'), ['virt,gic-version=max,accel=tcg']);
    assert.deepEqual(valuesOf(description, '-serial'), ['chardev:console']);
  });

  it('gives a disk that may be written no read-only flag', () => {
    const disks = [{ path: '/d', serial: 's', readonly: false, format: 'raw' as const }];
    assert.match(valuesOf({ ...base, disks }, '-blockdev')[0] ?? '', /read-only=off/);
  });

  it('doubles commas in paths', () => {
    const description: MachineDescription = {
      ...base,
      disks: [{ path: '/a,b/root', serial: 's', readonly: true, format: 'raw' }],
      channelSocketPath: '/a,b/c.sock',
      console: { logPath: '/a,b/log' },
    };
    assert.match(valuesOf(description, '-blockdev')[0] ?? '', /file\.filename=\/a,,b\/root,/);
    assert.deepEqual(valuesOf(description, '-chardev'), [
      'file,id=console,path=/a,,b/log,append=on',
      'socket,id=channel,path=/a,,b/c.sock,server=on,wait=off',
    ]);
  });

  it('locks a disk that is written, without exception', () => {
    const description: MachineDescription = {
      ...base,
      disks: [{ path: '/data.ext4', serial: 'firstborn-vol-0', readonly: false, format: 'raw' }],
    };
    assert.deepEqual(valuesOf(description, '-blockdev'), [
      'driver=raw,node-name=disk0,read-only=off,file.driver=file,file.filename=/data.ext4,file.locking=on,file.aio=threads',
    ]);
  });

  const mac = '52:54:00:01:02:03';
  const ipv4 = { network: '10.0.2.0/24', host: '10.0.2.2', dns: '10.0.2.3' };
  const ipv6 = { network: 'fec0::/64', host: 'fec0::2', dns: 'fec0::3' };
  for (const [name, stacks, expected] of [
    [
      'both families',
      { ipv4, ipv6 },
      'ipv4=on,net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,ipv6=on,ipv6-net=fec0::/64,ipv6-host=fec0::2,ipv6-dns=fec0::3',
    ],
    ['IPv4 alone', { ipv4, ipv6: undefined }, 'ipv4=on,net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,ipv6=off'],
    [
      'IPv6 alone',
      { ipv4: undefined, ipv6 },
      'ipv4=off,ipv6=on,ipv6-net=fec0::/64,ipv6-host=fec0::2,ipv6-dns=fec0::3',
    ],
  ] as const) {
    it(`makes a user-mode network of ${name}`, () => {
      const description: MachineDescription = { ...base, network: { kind: 'user', mac, ...stacks } };
      assert.deepEqual(valuesOf(description, '-netdev'), [`user,id=network,${expected}`]);
      assert.equal(
        valuesOf(description, '-device').at(-1),
        `virtio-net-pci,netdev=network,mac=${mac},romfile=`,
      );
    });
  }

  it('forwards ports of the host, on all addresses or on one', () => {
    const forwards = [
      { protocol: 'tcp', hostAddress: '', hostPort: 8080, guestAddress: '10.0.2.15', guestPort: 80 },
      { protocol: 'udp', hostAddress: '127.0.0.1', hostPort: 53, guestAddress: '10.0.2.15', guestPort: 5353 },
    ] as const;
    const network = { kind: 'user', mac, ipv4, ipv6: undefined, forwards } as const;
    assert.deepEqual(valuesOf({ ...base, network }, '-netdev'), [
      'user,id=network,ipv4=on,net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,ipv6=off,' +
        'hostfwd=tcp::8080-10.0.2.15:80,hostfwd=udp:127.0.0.1:53-10.0.2.15:5353',
    ]);
  });

  it('gives the network card of microvm no boot ROM option', () => {
    const network = { kind: 'user', mac, ipv4, ipv6 } as const;
    assert.equal(
      valuesOf({ ...base, machine: 'microvm', network }, '-device').at(-1),
      `virtio-net-device,netdev=network,mac=${mac}`,
    );
  });
});
