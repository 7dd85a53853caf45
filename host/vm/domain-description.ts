import type { GuestDescription, MachineDescription } from './machine-description.ts';

/** How Xen runs a guest: paravirtualized as a whole, or in a hardware container with paravirtual devices. */
export const xenTypes = ['pvh', 'pv'] as const;
export type XenType = (typeof xenTypes)[number];

export interface DomainDisk {
  path: string;
  /** The guest's name for it, such as `xvda`. */
  device: string;
  readonly: boolean;
}

/** A card of the guest on a bridge of the host. */
export interface BridgeNetworkDescription {
  kind: 'bridge';
  bridge: string;
  /** Without one xl makes it up. */
  mac?: string;
}

/** A guest of Xen, a domain. Paths are absolute, as the control domain has them. */
export interface DomainDescription extends GuestDescription {
  machine: XenType;
  accelerator: 'xen';
  /** Unique on this host. */
  name: string;
  /** Up to these numbers the host can add to the guest while it runs. */
  maxCpus: number;
  maxMemoryMiB: number;
  disks: readonly DomainDisk[];
  /** Without one the guest has no network device. */
  network?: BridgeNetworkDescription;
  /** Where the configuration is written for xl(1). */
  configPath: string;
}

/** Whether a description is of a domain of Xen and not of a machine of QEMU. */
export function isDomain(
  description: MachineDescription | DomainDescription,
): description is DomainDescription {
  return description.accelerator === 'xen';
}
