import { isDomain } from '../vm/domain-description.ts';
import type { MachineRecord } from './machine-record.ts';

/** A path that only the command line of this machine's own process holds: QEMU's, or xl's. Pure. */
export function commandText({ description }: Pick<MachineRecord, 'description'>): string {
  return isDomain(description) ? description.configPath : description.channelSocketPath;
}
