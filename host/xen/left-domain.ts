import type { MachineRecord } from '../machine/machine-record.ts';
import { isDomain } from '../vm/domain-description.ts';
import { runXl } from './xl.ts';

/**
 * Takes away the domain of a machine whose processes were killed or died unseen: a domain lives on without the xl(1) that
 * watches it. Does nothing for machines of QEMU. Never throws; there may be none any more.
 */
export async function destroyLeftDomain({ description, xen }: MachineRecord): Promise<void> {
  if (isDomain(description) && xen !== undefined) await runXl(xen.xlPath, ['destroy', description.name]);
}
