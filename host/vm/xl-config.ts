import { FirstbornError } from '../../protocol/errors.ts';
import type { BridgeNetworkDescription, DomainDescription, DomainDisk } from './domain-description.ts';

/** What a configuration is called in its machine's directory. */
export const xlConfigName = 'domain.cfg';

/**
 * Quotes a string of a configuration. xl(1) ends a string at the first quotation mark, escaped or not, and takes a
 * backslash for the beginning of an escape, so that these and line breaks can't be in one. Throws a FirstbornError of
 * code `usage`.
 */
export function xlString(text: string): string {
  if (!/["'\\\p{Cc}]/u.test(text)) return `"${text}"`;
  throw new FirstbornError(
    'usage',
    `Cannot write ${JSON.stringify(text)} into a configuration of xl: it can't hold quotation marks, backslashes and control characters`,
  );
}

/** A value of a disk or a card, which ends at a comma. */
function listValue(text: string): string {
  if (text !== '' && !/[,\s]/u.test(text)) return text;
  throw new FirstbornError(
    'usage',
    `Cannot write ${JSON.stringify(text)} into a configuration of xl: there it can't be empty or hold commas and blanks`,
  );
}

/**
 * The file comes last: everything behind `target=` is its path, commas included (xl-disk-configuration(5)). Xen's own
 * script makes a loop device of it, and refuses one that somebody else writes to.
 */
function diskEntry({ path, device, readonly }: DomainDisk): string {
  if (path !== path.trim()) {
    throw new FirstbornError(
      'usage',
      `Cannot give a Xen guest the disk ${JSON.stringify(path)}: its path begins or ends with a blank`,
    );
  }
  const access = readonly ? 'ro' : 'rw';
  return `format=raw,vdev=${listValue(device)},access=${access},target=${path}`;
}

const networkEntry = ({ bridge, mac }: BridgeNetworkDescription): string =>
  `${mac === undefined ? '' : `mac=${listValue(mac)},`}bridge=${listValue(bridge)}`;

const list = (entries: readonly string[]): string => `[ ${entries.map(xlString).join(', ')} ]`;

export interface XlConfigOptions {
  /** The domain of a guest that has crashed stays until somebody destroys it, who can read its console to the end before. */
  keepsCrashed?: boolean;
}

/**
 * Says in the words of xl.cfg(5), version 4.17, what the description asks for. Pure. However the guest ends, xl makes no
 * other domain in place of this one: that is not its decision. The channel is not among the devices, because xl's own
 * daemon serves the first console alone. Throws a FirstbornError of code `usage` for what xl's syntax can't hold.
 */
export function xlConfig(
  description: DomainDescription,
  { keepsCrashed = false }: XlConfigOptions = {},
): string {
  const { disks, network } = description;
  const settings: [name: string, value: string][] = [
    ['name', xlString(description.name)],
    ['type', xlString(description.machine)],
    ['kernel', xlString(description.kernelPath)],
    ['ramdisk', xlString(description.initramfsPath)],
    ['cmdline', xlString(description.kernelArguments.join(' '))],
    ['memory', String(description.memoryMiB)],
    ['maxmem', String(description.maxMemoryMiB)],
    ['vcpus', String(description.cpus)],
    ['maxvcpus', String(description.maxCpus)],
    ['disk', list(disks.map(diskEntry))],
    ...(network === undefined ? [] : [['vif', list([networkEntry(network)])] satisfies [string, string]]),
    ['on_poweroff', xlString('destroy')],
    ['on_reboot', xlString('destroy')],
    ['on_crash', xlString(keepsCrashed ? 'preserve' : 'destroy')],
    ['on_watchdog', xlString('destroy')],
  ];
  return settings.map(([name, value]) => `${name} = ${value}\n`).join('');
}
