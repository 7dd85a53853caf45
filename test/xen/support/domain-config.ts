import { benchPaths } from './bench-paths.ts';

export type DomainType = 'pv' | 'pvh';

export interface DomainDescription {
  name: string;
  type: DomainType;
  initramfsPath: string;
  /** In the order xvda, xvdb, xvdc. */
  diskPaths: readonly string[];
  /** Words of the kernel's command line beyond what every guest gets. */
  extraArguments?: readonly string[];
  memoryMiB?: number;
}

/** The interface's address of every guest; the bench runs them one after another. */
export const guestMac = '00:16:3e:00:00:02';

const kernelArguments = [
  'console=hvc0',
  'panic=-1',
  'random.trust_cpu=on',
  'rootfstype=ramfs',
  'quiet',
  'cryptomgr.notests',
];

const list = (values: readonly string[]): string => `[ ${values.map((value) => `"${value}"`).join(', ')} ]`;

/** An xl configuration (xl.cfg(5)) that destroys the domain whatever it ends of: why it did is in xl's own output. Pure. */
export function domainConfig(description: DomainDescription): string {
  const { name, type, initramfsPath, diskPaths, extraArguments = [], memoryMiB = 512 } = description;
  const disks = diskPaths.map(
    (path, index) => `format=raw, vdev=xvd${'abc'[index]}, access=ro, target=${path}`,
  );
  return [
    `name = "${name}"`,
    `type = "${type}"`,
    `kernel = "${benchPaths.guestVmlinux}"`,
    `ramdisk = "${initramfsPath}"`,
    `cmdline = "${[...kernelArguments, ...extraArguments].join(' ')}"`,
    `memory = ${memoryMiB}`,
    'vcpus = 1',
    'maxvcpus = 2',
    // Emulating the time stamp counter would trap each time it is read.
    'tsc_mode = "native"',
    `disk = ${list(disks)}`,
    `vif = ${list([`mac=${guestMac},bridge=xenbr0`])}`,
    ...['poweroff', 'reboot', 'crash'].map((end) => `on_${end} = "destroy"`),
    '',
  ].join('\n');
}
