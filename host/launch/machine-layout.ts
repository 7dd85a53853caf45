import { configDiskSerial, rootDiskSerial, runtimeDiskSerial } from '../../protocol/names.ts';
import { kernelArguments, type LogLevel } from '../vm/kernel-arguments.ts';
import type {
  Accelerator,
  Architecture,
  DiskDescription,
  MachineDescription,
  MachineType,
  ShareDescription,
  UserNetworkDescription,
} from '../vm/machine-description.ts';

export type MachineWish = 'auto' | MachineType;

/** Boards of each architecture; the first is the default. */
const machineTypes: Record<Architecture, readonly [MachineType, ...MachineType[]]> = {
  x86_64: ['q35', 'pc', 'microvm'],
  aarch64: ['virt'],
};

/** The board that a wish means, `undefined` when the architecture has no such board. */
export function chooseMachineType(architecture: Architecture, wish: MachineWish): MachineType | undefined {
  const types = machineTypes[architecture];
  return wish === 'auto' ? types[0] : types.find((type) => type === wish);
}

/** Node's name of the host's architecture to the guest's, which is the same. */
export function guestArchitecture(nodeArch: string): Architecture | undefined {
  if (nodeArch === 'x64') return 'x86_64';
  return nodeArch === 'arm64' ? 'aarch64' : undefined;
}

/** What every machine boots from. */
export interface BootDisks {
  rootDiskPath: string;
  configDiskPath: string;
  /** Absent when init and its runtime are in the initramfs. */
  runtimeDiskPath?: string | undefined;
}

const bootDisk = (path: string, serial: string): DiskDescription => ({
  path,
  serial,
  readonly: true,
  format: 'raw',
});

/** The disks of every machine, in order; the guest goes by their serials. */
export function machineDisks(disks: BootDisks): DiskDescription[] {
  const { rootDiskPath, configDiskPath, runtimeDiskPath } = disks;
  return [
    bootDisk(rootDiskPath, rootDiskSerial),
    bootDisk(configDiskPath, configDiskSerial),
    ...(runtimeDiskPath === undefined ? [] : [bootDisk(runtimeDiskPath, runtimeDiskSerial)]),
  ];
}

export interface MachineLayout extends BootDisks {
  architecture: Architecture;
  machine: MachineType;
  accelerator: Accelerator;
  cpus: number;
  memoryMiB: number;
  logLevel: LogLevel;
  tscKHz: number | undefined;
  kernelPath: string;
  initramfsPath: string;
  channelSocketPath: string;
  console: MachineDescription['console'];
  network: UserNetworkDescription | undefined;
  /** Disks beside root and config. */
  volumeDisks?: readonly DiskDescription[];
  shares?: readonly ShareDescription[];
}

/** Puts the description of a machine of QEMU together. Pure. */
export function describeMachine(layout: MachineLayout): MachineDescription {
  const {
    network,
    rootDiskPath,
    configDiskPath,
    runtimeDiskPath,
    volumeDisks = [],
    shares = [],
    logLevel: _logLevel,
    tscKHz: _tscKHz,
    ...rest
  } = layout;
  return {
    ...rest,
    kernelArguments: kernelArguments(layout),
    disks: [...machineDisks({ rootDiskPath, configDiskPath, runtimeDiskPath }), ...volumeDisks],
    ...(shares.length === 0 ? {} : { shares }),
    ...(network === undefined ? {} : { network }),
  };
}
