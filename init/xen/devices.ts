import { existsSync } from 'node:fs';
import { listKernelDirectory } from '../machine/kernel-file.ts';

/** What a front end's driver makes below its device once the other end is there. */
const resultDirectory = { vbd: 'block', vif: 'net' } as const;

/**
 * Disks (`vbd`) or interfaces (`vif`) that a Xen host has given to this guest and that are not there yet, such as
 * `vbd-51712`: each appears when the host's side of it is ready, in no particular order. None on any other machine.
 */
export function pendingXenDevices(kind: keyof typeof resultDirectory, sysRoot = '/sys'): string[] {
  const directory = `${sysRoot}/bus/xen/devices`;
  return listKernelDirectory(directory).filter(
    (name) => name.startsWith(`${kind}-`) && !existsSync(`${directory}/${name}/${resultDirectory[kind]}`),
  );
}
