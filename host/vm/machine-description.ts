/** What a VM monitor has to provide, said without any monitor's words. Paths are absolute. */

/** As the kernel's `uname -m` says it. */
export type Architecture = 'x86_64' | 'aarch64';
/** Boards that QEMU knows; x86_64 has the first three, aarch64 only `virt`. */
export type MachineType = 'q35' | 'pc' | 'microvm' | 'virt';
export type Accelerator = 'kvm' | 'tcg';

export interface DiskDescription {
  path: string;
  /** Tells the disks apart in the guest (protocol/names.ts); at most 20 bytes. */
  serial: string;
  readonly: boolean;
  format: 'raw';
}

/** One address family of a user-mode network: addresses without prefix lengths. */
export interface UserNetworkStack {
  /** Network with prefix length, e.g. `10.0.2.0/24`. */
  network: string;
  /** The host as the guest sees it; the guest's gateway. */
  host: string;
  /** Where QEMU answers DNS queries with the help of the host's resolver. */
  dns: string;
}

/** A port of the host, on an IPv4 address or on all of them, that leads to one of the guest. */
export interface ForwardedPort {
  protocol: 'tcp' | 'udp';
  /** Empty for every address. */
  hostAddress: string;
  hostPort: number;
  /** IPv4. */
  guestAddress: string;
  guestPort: number;
}

/** QEMU's user-mode network (slirp): no privileges, the guest can reach out, only `forwards` reach in. */
export interface UserNetworkDescription {
  kind: 'user';
  mac: string;
  ipv4: UserNetworkStack | undefined;
  ipv6: UserNetworkStack | undefined;
  forwards?: readonly ForwardedPort[];
}

/** A directory of the host that the guest mounts by its tag. */
export type ShareDescription =
  /** Served by a virtiofsd that listens on `socketPath` before the machine starts. */
  | { driver: 'virtiofs'; tag: string; socketPath: string }
  /** Served by the monitor itself. */
  | { driver: '9p'; tag: string; path: string; readonly: boolean };

/** What every guest has, whoever runs it. */
export interface GuestDescription {
  architecture: Architecture;
  cpus: number;
  memoryMiB: number;
  kernelPath: string;
  initramfsPath: string;
  /** Joined with spaces to the kernel's command line. */
  kernelArguments: readonly string[];
}

/** A machine of QEMU. */
export interface MachineDescription extends GuestDescription {
  machine: MachineType;
  accelerator: Accelerator;
  disks: readonly DiskDescription[];
  shares?: readonly ShareDescription[];
  /** Without one the guest has no network device. */
  network?: UserNetworkDescription;
  /** Unix socket that the monitor creates and listens on; the channel's bytes. */
  channelSocketPath: string;
  console: {
    /** Truncated at the start; gets every byte that kernel and init print. */
    logPath: string;
  };
}

/** A program and its arguments, ready for execve(2): nothing here goes through a shell. */
export interface CommandLine {
  program: string;
  args: string[];
}
