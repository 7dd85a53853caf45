import { FirstbornError } from '../../protocol/errors.ts';
import type { BridgeNetworkDescription, DomainDescription, DomainDisk } from '../vm/domain-description.ts';
import { domainKernelArguments, type LogLevel } from '../vm/kernel-arguments.ts';
import type { Architecture } from '../vm/machine-description.ts';
import type { XenSettings } from './machine-settings.ts';

/** The guest goes by these names: Xen's disks have no serials. The third is for kernel modules, see docs/xen.md. */
const rootDevice = 'xvda';
const configDevice = 'xvdb';
const firstVolumeLetter = 'd';
const lastVolumeLetter = 'z';

/** The guest's name for the volume of this number among the volumes that are disks. Throws a FirstbornError of code `usage`. */
export function volumeDevice(index: number): string {
  const letter = firstVolumeLetter.charCodeAt(0) + index;
  if (letter <= lastVolumeLetter.charCodeAt(0)) return `xvd${String.fromCharCode(letter)}`;
  throw new FirstbornError('usage', `Cannot give a Xen guest more than ${index} disks as volumes`);
}

/** A domain's name by its machine's id: unique on the host, whatever people call the machine. */
export const domainName = (machineId: string): string => `firstborn-${machineId}`;

export interface DomainLayout {
  architecture: Architecture;
  xen: XenSettings;
  name: string;
  cpus: number;
  memoryMiB: number;
  logLevel: LogLevel;
  kernelPath: string;
  initramfsPath: string;
  rootDiskPath: string;
  configDiskPath: string;
  /** With the names that `volumeDevice` gave. */
  volumeDisks: readonly DomainDisk[];
  network: BridgeNetworkDescription | undefined;
  configPath: string;
}

/** Puts the description of a domain together. Pure. Throws a FirstbornError of code `usage` for limits below the start. */
export function describeDomain(layout: DomainLayout): DomainDescription {
  const { xen, network, logLevel, rootDiskPath, configDiskPath, volumeDisks, ...rest } = layout;
  const { maxCpus = rest.cpus, maxMemoryMiB = rest.memoryMiB } = xen;
  checkLimit('max-cpus', maxCpus, rest.cpus);
  checkLimit('max-memory', maxMemoryMiB, rest.memoryMiB);
  return {
    ...rest,
    machine: xen.type,
    accelerator: 'xen',
    maxCpus,
    maxMemoryMiB,
    kernelArguments: domainKernelArguments({ logLevel }),
    disks: [
      { path: rootDiskPath, device: rootDevice, readonly: true },
      { path: configDiskPath, device: configDevice, readonly: true },
      ...volumeDisks,
    ],
    ...(network === undefined ? {} : { network }),
  };
}

function checkLimit(name: string, limit: number, start: number): void {
  if (limit >= start) return;
  throw new FirstbornError('usage', `Cannot use ${limit} for ${name}: the guest begins with ${start}`);
}
