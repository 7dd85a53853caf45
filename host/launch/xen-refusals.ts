import { FirstbornError } from '../../protocol/errors.ts';
import type { Architecture } from '../vm/machine-description.ts';
import type { MachineSettings } from './machine-settings.ts';
import type { PortRequest } from './port-option.ts';
import type { InspectedMount } from './volumes.ts';

/** What of a request decides whether Xen can do it. */
export interface XenWish extends Pick<MachineSettings, 'runtimePlace' | 'network' | 'xen'> {
  architecture: Architecture;
  accelerator: string;
  ports: readonly PortRequest[];
}

const refuse = (what: string, instead: string): FirstbornError =>
  new FirstbornError('usage', `Cannot ${what} with Xen: ${instead}`);

/** Throws a FirstbornError of code `usage` that says what to do instead, for what a Xen guest can't have. Pure. */
export function refuseForXen({
  architecture,
  accelerator,
  network,
  ports,
  runtimePlace,
  xen,
}: XenWish): void {
  if (xen?.type === 'pv' && architecture !== 'x86_64') {
    throw refuse('run a guest of type "pv"', `on ${architecture} there is only "pvh"`);
  }
  if (accelerator !== 'auto') {
    throw refuse(`choose the accelerator "${accelerator}"`, 'it runs every guest itself');
  }
  if (network.mode === 'user') {
    throw refuse(
      'use the network "user"',
      'it is a part of QEMU; use "bridge=NAME" with addresses, or "none"',
    );
  }
  if (ports.length > 0) {
    throw refuse('forward ports', 'give the guest an address on a bridge, and reach it there');
  }
  if (runtimePlace === 'disk') {
    throw refuse('take the runtime from a disk', 'its disks have no serials to find it by; use "initramfs"');
  }
}

/** The same for volumes, once it is known what their sources are. Pure. */
export function refuseSharesForXen(mounts: readonly InspectedMount[]): void {
  const shared = mounts.find((mount) => 'source' in mount && mount.source.kind === 'directory');
  if (shared === undefined || !('source' in shared)) return;
  const { source } = shared.request;
  throw refuse(
    `share the directory "${source}"`,
    `make a disk of it, such as mkfs.ext4 -d "${source}" FILE SIZE, and mount that`,
  );
}
