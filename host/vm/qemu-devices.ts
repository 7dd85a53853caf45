import { channelPortName } from '../../protocol/names.ts';
import type {
  Architecture,
  DiskDescription,
  ForwardedPort,
  MachineDescription,
  MachineType,
  UserNetworkDescription,
  UserNetworkStack,
} from './machine-description.ts';

/** Makes the name of a virtio device for a board's bus: `virtio-blk` to `virtio-blk-pci`. */
export type DeviceModel = (name: string) => string;

/** microvm has virtio-mmio slots and no PCI bus; every other board here has PCI. */
export function deviceModel(machine: MachineType): DeviceModel {
  const suffix = machine === 'microvm' ? 'device' : 'pci';
  return (name) => `${name}-${suffix}`;
}

/** QEMU's option parser ends a value at a comma; a doubled one stands for itself. */
export function optionValue(text: string): string {
  return text.replaceAll(',', ',,');
}

/**
 * The first serial port: ttyS0 on x86-64, ttyAMA0 (the board's own PL011) on arm64. Appended to, so that whoever runs
 * the machine can empty a log that becomes too long.
 */
export function consoleArguments(
  architecture: Architecture,
  { logPath }: MachineDescription['console'],
): string[] {
  const backend = `file,id=console,path=${optionValue(logPath)},append=on`;
  const port =
    architecture === 'x86_64' ? ['-device', 'isa-serial,chardev=console'] : ['-serial', 'chardev:console'];
  return ['-chardev', backend, ...port];
}

/**
 * A disk as a file on the host, locked as far as its access needs: one that is written belongs to one machine. Reads go
 * through the host's page cache, which machines of the same image share.
 */
export function diskArguments(model: DeviceModel, disk: DiskDescription, index: number): string[] {
  const node = `disk${index}`;
  const readOnly = disk.readonly ? 'on' : 'off';
  return [
    '-blockdev',
    `driver=${disk.format},node-name=${node},read-only=${readOnly},file.driver=file,` +
      `file.filename=${optionValue(disk.path)},file.locking=${disk.readonly ? 'auto' : 'on'},file.aio=threads`,
    '-device',
    `${model('virtio-blk')},drive=${node},serial=${optionValue(disk.serial)}`,
  ];
}

/**
 * The channel's virtio port on a unix socket. `wait=off`: the guest boots whether or not somebody has
 * connected, and a client may leave and come back. Two ports because port 0 is reserved for a console.
 */
export function channelArguments(model: DeviceModel, socketPath: string): string[] {
  return [
    '-chardev',
    `socket,id=channel,path=${optionValue(socketPath)},server=on,wait=off`,
    '-device',
    `${model('virtio-serial')},id=ports,max_ports=2`,
    '-device',
    `virtserialport,bus=ports.0,chardev=channel,name=${channelPortName}`,
  ];
}

/** Entropy from the host, for kernels that do not trust the CPU's generator. */
export function entropyArguments(model: DeviceModel): string[] {
  return ['-device', model('virtio-rng')];
}

/** A virtio network card on QEMU's user-mode network. `romfile=` keeps the boot ROM away: no file needed. */
export function networkArguments(model: DeviceModel, network: UserNetworkDescription): string[] {
  const name = model('virtio-net');
  return [
    '-netdev',
    [
      'user',
      'id=network',
      ...ipv4Options(network.ipv4),
      ...ipv6Options(network.ipv6),
      ...(network.forwards ?? []).map(forwardOption),
    ].join(','),
    '-device',
    `${name},netdev=network,mac=${network.mac}${name.endsWith('-pci') ? ',romfile=' : ''}`,
  ];
}

function forwardOption({ protocol, hostAddress, hostPort, guestAddress, guestPort }: ForwardedPort): string {
  return `hostfwd=${protocol}:${hostAddress}:${hostPort}-${guestAddress}:${guestPort}`;
}

function ipv4Options(stack: UserNetworkStack | undefined): string[] {
  if (stack === undefined) return ['ipv4=off'];
  return ['ipv4=on', `net=${stack.network}`, `host=${stack.host}`, `dns=${stack.dns}`];
}

function ipv6Options(stack: UserNetworkStack | undefined): string[] {
  if (stack === undefined) return ['ipv6=off'];
  return ['ipv6=on', `ipv6-net=${stack.network}`, `ipv6-host=${stack.host}`, `ipv6-dns=${stack.dns}`];
}
