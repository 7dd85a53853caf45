import { domainKernelArguments } from '../../../host/vm/kernel-arguments.ts';
import { benchPaths } from './bench-paths.ts';

export type DomainType = 'pv' | 'pvh';

export interface DomainDescription {
  name: string;
  type: DomainType;
  /** Without one the kernel finds no root and panics. */
  initramfsPath?: string;
  /** In the order xvda, xvdb, xvdc. */
  diskPaths?: readonly string[];
  /** The kernel's command line; Firstborn's own without it. */
  commandLine?: string;
  /** What the domain starts with, and what it can grow to. */
  memoryMiB?: number;
  maxMemoryMiB?: number;
  /** What becomes of the domain when it has ended; `preserve` leaves its nodes in xenstore to be looked at. */
  atEnd?: 'destroy' | 'preserve';
}

/** The interface of every guest; the bench runs them one after another. */
export const guestMac = '00:16:3e:00:00:02';

const ownCommandLine = domainKernelArguments({ logLevel: 'info' }).join(' ');

const list = (values: readonly string[]): string => `[ ${values.map((value) => `"${value}"`).join(', ')} ]`;

/** An xl configuration (xl.cfg(5)) of a guest with one CPU that can have two. Pure. */
export function domainConfig(description: DomainDescription): string {
  const { name, type, initramfsPath, diskPaths = [], atEnd = 'destroy' } = description;
  const { commandLine = ownCommandLine, memoryMiB = 512, maxMemoryMiB = memoryMiB } = description;
  const disks = diskPaths.map(
    (path, index) => `format=raw, vdev=xvd${'abc'[index]}, access=ro, target=${path}`,
  );
  return [
    `name = "${name}"`,
    `type = "${type}"`,
    `kernel = "${benchPaths.guestVmlinux}"`,
    ...(initramfsPath === undefined ? [] : [`ramdisk = "${initramfsPath}"`]),
    `cmdline = "${commandLine}"`,
    `memory = ${memoryMiB}`,
    `maxmem = ${maxMemoryMiB}`,
    'vcpus = 1',
    'maxvcpus = 2',
    // Emulating the time stamp counter would trap each time it is read.
    'tsc_mode = "native"',
    `disk = ${list(disks)}`,
    `vif = ${list([`mac=${guestMac},bridge=xenbr0`])}`,
    ...['poweroff', 'reboot', 'crash'].map((end) => `on_${end} = "${atEnd}"`),
    '',
  ].join('\n');
}
