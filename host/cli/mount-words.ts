import { FirstbornError } from '../../protocol/errors.ts';
import { parseMountOption, parseTmpfsOption, parseVolumeOption } from '../launch/mount-option.ts';
import { orderMounts } from '../launch/mount-order.ts';
import type { MountRequest } from '../launch/mounts.ts';
import { parsePortOption, type PortRequest } from '../launch/port-option.ts';
import type { MachineSettings } from '../launch/machine-settings.ts';
import type { GivenOptions } from './option-parser.ts';

/**
 * Reads `--volume`, `--mount` and `--tmpfs`; relative sources are below `workingDir`. Throws a FirstbornError of code
 * `usage`, also for mounts that can't go together.
 */
export function readMounts(options: GivenOptions, workingDir: string): MountRequest[] {
  return orderMounts<MountRequest>([
    ...options.all('volume').map((text) => parseVolumeOption(text, workingDir)),
    ...options.all('mount').map((text) => parseMountOption(text, workingDir)),
    ...options.all('tmpfs').map(parseTmpfsOption),
  ]);
}

/** Reads `--publish`. Throws a FirstbornError of code `usage`, also for a guest that nobody forwards ports to. */
export function readPorts(
  options: GivenOptions,
  { network, xen }: Pick<MachineSettings, 'network' | 'xen'>,
): PortRequest[] {
  const ports = options.all('publish').flatMap(parsePortOption);
  if (ports.length > 0 && xen !== undefined) {
    throw new FirstbornError(
      'usage',
      'Cannot use --publish with --vmm xen: give the guest an address on a bridge, and reach it there',
    );
  }
  if (ports.length > 0 && network.mode === 'none') {
    throw new FirstbornError('usage', 'Cannot use --publish with --network none');
  }
  return ports;
}
