import { defaultRequestDeadlineMs } from '../../protocol/limits.ts';
import type { RequestHandlers } from '../channel/requests.ts';
import { readClock } from './clock.ts';
import type { Freezer } from './freezer.ts';
import type { ChildDependencies } from './run-in-child.ts';
import { RequestedSyncs } from './sync-disks.ts';

export interface MachineRequestDependencies extends ChildDependencies {
  freezer: Freezer;
}

/** The requests about the machine itself: its clock, its entropy, its disks. */
export function machineRequests(
  dependencies: MachineRequestDependencies,
): Pick<RequestHandlers, 'clock' | 'entropy' | 'sync' | 'freeze' | 'thaw'> {
  const { native, log, freezer } = dependencies;
  const syncs = new RequestedSyncs(dependencies);
  return {
    clock: ({ params }) => readClock(native, log, params.stepMs),
    entropy: ({ params }) => native.addEntropy(Buffer.from(params.bytes, 'base64')),
    sync: ({ deadlineMs = defaultRequestDeadlineMs }) => syncs.sync(deadlineMs),
    freeze: ({ params, deadlineMs }) => freezer.freeze(params.thawAfterMs, deadlineMs),
    thaw: () => freezer.thaw(),
  };
}
