import { isDomain } from '../vm/domain-description.ts';
import type { MachineRecord } from './machine-record.ts';

/**
 * A text that only the command line of this machine's own process holds, QEMU's or xl's; its words are separated by NULs
 * (proc(5)). Pure.
 */
export function commandText({ description }: Pick<MachineRecord, 'description'>): string {
  return isDomain(description) ? `-p\0${description.configPath}\0` : description.channelSocketPath;
}
