import type { Architecture, MachineType } from '../vm/machine-description.ts';
import type { RootFormat } from './launch-config.ts';
import { chooseMachineType } from './machine-layout.ts';
import type { XenType } from '../vm/domain-description.ts';
import type { NetworkWish } from './network-choice.ts';
import type { RuntimePlace } from './runtime-place.ts';

/** The machine around a workload: what is common to running and building. */
export interface MachineSettings {
  machine: MachineType;
  cpus: number;
  memoryMiB: number;
  /** A kernel in place of Debian's: a file, or `microvm` for the one that `npm run kernel` builds. */
  kernelPath: string | undefined;
  /** Directory with modules.dep for it. */
  modulesDir: string | undefined;
  runtimePlace: RuntimePlace;
  format: RootFormat;
  /** Whether the root disk is verified by a hash tree as it is read. */
  verity: boolean;
  network: NetworkWish;
  /** A guest of Xen in place of a machine of QEMU, whose `machine` then means nothing. */
  xen: XenSettings | undefined;
}

export interface XenSettings {
  type: XenType;
  /** Up to these numbers the host can add to the guest while it runs; what it begins with when absent. */
  maxCpus?: number | undefined;
  maxMemoryMiB?: number | undefined;
}

/** The word that stands for the kernel of `npm run kernel` where the path of a kernel may be. */
export const microvmKernel = 'microvm';

export const maxCpus = 255;
export const defaultMemoryMiB = 512;

/** What a machine is like when nothing is asked of it. */
export function defaultMachineSettings(architecture: Architecture): MachineSettings {
  return {
    // Every architecture has a board of its own.
    machine: chooseMachineType(architecture, 'auto') as MachineType,
    cpus: 1,
    memoryMiB: defaultMemoryMiB,
    kernelPath: undefined,
    modulesDir: undefined,
    runtimePlace: 'initramfs',
    format: 'squashfs',
    verity: false,
    network: { mode: 'user', addresses: [], dns: [] },
    xen: undefined,
  };
}
