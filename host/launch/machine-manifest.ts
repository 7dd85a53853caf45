import { channelPortName } from '../../protocol/names.ts';
import type { VerityConfig } from '../../protocol/verity.ts';
import type { XenType } from '../vm/domain-description.ts';
import { domainKernelArguments, kernelArguments, type LogLevel } from '../vm/kernel-arguments.ts';
import type { Architecture, MachineType, UserNetworkDescription } from '../vm/machine-description.ts';
import { machineDisks } from './machine-layout.ts';
import type { XenSettings } from './machine-settings.ts';

/**
 * `machine.json`: tells a launcher how the files beside it make a machine. File names are relative to it.
 * A launcher attaches the disks under their serials, read-only, adds a virtio console with a port of the
 * channel's name, and boots the kernel with the initramfs and these arguments. The console in the arguments
 * is QEMU's serial port; another monitor puts its own there. For Xen the disks are xvda and xvdb, in this order, and
 * the channel is the second console.
 */
export interface MachineManifest {
  version: 1;
  architecture: Architecture;
  /** The board that was asked for; a suggestion to launchers that have others. */
  machine: MachineType | XenType;
  cpus: number;
  memoryMiB: number;
  kernel: { file: string; release: string | null; arguments: string[] };
  initramfs: { file: string };
  disks: { file: string; serial: string; readonly: boolean }[];
  channel: { port: string } | { console: number };
  /** The network that launch.json configures: what its guest expects on the other side. */
  network: Pick<UserNetworkDescription, 'ipv4' | 'ipv6'> | null;
  image: { manifestDigest: string | null };
  /** What launch.json has the guest verify the root disk by; `null` when it takes the disk as it is. */
  verity: VerityConfig | null;
}

export interface ManifestOptions {
  architecture: Architecture;
  machine: MachineType;
  cpus: number;
  memoryMiB: number;
  xen: XenSettings | undefined;
  logLevel: LogLevel;
  kernelRelease: string | undefined;
  manifestDigest: string | undefined;
  verity: VerityConfig | undefined;
  names: { kernel: string; initramfs: string; rootDisk: string; configDisk: string; runtimeDisk?: string };
  network: Pick<UserNetworkDescription, 'ipv4' | 'ipv6'> | undefined;
}

/** Puts `machine.json` together. Pure; the same options give the same text. */
export function machineManifest(options: ManifestOptions): MachineManifest {
  const { architecture, cpus, memoryMiB, xen, names } = options;
  return {
    version: 1,
    architecture,
    machine: xen?.type ?? options.machine,
    cpus,
    memoryMiB,
    kernel: {
      file: names.kernel,
      release: options.kernelRelease ?? null,
      arguments: manifestArguments(options),
    },
    initramfs: { file: names.initramfs },
    disks: machineDisks({
      rootDiskPath: names.rootDisk,
      configDiskPath: names.configDisk,
      runtimeDiskPath: names.runtimeDisk,
    }).map(({ path, serial, readonly }) => ({
      file: path,
      serial,
      readonly,
    })),
    channel: xen === undefined ? { port: channelPortName } : { console: 1 },
    network: options.network ?? null,
    image: { manifestDigest: options.manifestDigest ?? null },
    verity: options.verity ?? null,
  };
}

/** What only an emulated machine needs, such as the rate of this host's time stamp counter, is not among them. */
function manifestArguments({ architecture, machine, cpus, logLevel, xen }: ManifestOptions): string[] {
  if (xen !== undefined) return domainKernelArguments({ logLevel });
  return kernelArguments({ architecture, machine, accelerator: 'kvm', cpus, logLevel, tscKHz: undefined });
}
