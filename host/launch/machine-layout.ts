import { configDiskSerial, rootDiskSerial } from '../../protocol/names.ts';
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

/** The disks of every machine, in order; the guest goes by their serials. */
export function machineDisks(rootDiskPath: string, configDiskPath: string): DiskDescription[] {
  return [
    { path: rootDiskPath, serial: rootDiskSerial, readonly: true, format: 'raw' },
    { path: configDiskPath, serial: configDiskSerial, readonly: true, format: 'raw' },
  ];
}

export interface MachineLayout {
  architecture: Architecture;
  machine: MachineType;
  accelerator: Accelerator;
  cpus: number;
  memoryMiB: number;
  logLevel: LogLevel;
  tscKHz: number | undefined;
  kernelPath: string;
  initramfsPath: string;
  rootDiskPath: string;
  configDiskPath: string;
  channelSocketPath: string;
  console: MachineDescription['console'];
  network: UserNetworkDescription | undefined;
  /** Disks beside root and config. */
  volumeDisks?: readonly DiskDescription[];
  shares?: readonly ShareDescription[];
}

/** Puts the machine description together. Pure. */
export function describeMachine(layout: MachineLayout): MachineDescription {
  const {
    network,
    rootDiskPath,
    configDiskPath,
    volumeDisks = [],
    shares = [],
    logLevel: _logLevel,
    tscKHz: _tscKHz,
    ...rest
  } = layout;
  return {
    ...rest,
    kernelArguments: kernelArguments(layout),
    disks: [...machineDisks(rootDiskPath, configDiskPath), ...volumeDisks],
    ...(shares.length === 0 ? {} : { shares }),
    ...(network === undefined ? {} : { network }),
  };
}
