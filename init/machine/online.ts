import type { Native } from '../../addon/native.ts';
import type { Log } from '../log/log.ts';
import { OnlineKeeper } from './online-keeper.ts';
import { type Uevent, watchUevents } from './uevents.ts';

const pollIntervalMs = 2_000;

export interface OnlineDependencies {
  native: Native;
  log: Log;
  /** Where sysfs is. */
  sysRoot?: string;
  /** Called each time that memory has come. */
  onMemory?: () => void;
}

function take(keeper: OnlineKeeper, { action, path, subsystem }: Uevent): void {
  if (subsystem !== 'cpu' && subsystem !== 'memory') return;
  if (action === 'remove') keeper.forget(path.slice(path.lastIndexOf('/') + 1));
  else if (action === 'add') void keeper.scan();
}

/**
 * Brings CPUs and memory that the host adds online, now and from now on (KR 16): upon the kernel's uevents, or every two
 * seconds when there are none. Returns at once; what came online is in the log.
 */
export function keepOnline({ native, log, sysRoot = '/sys', onMemory }: OnlineDependencies): void {
  const keeper = new OnlineKeeper(log, sysRoot, onMemory);
  const poll = (): void => {
    log.warn('no uevents; looking for new CPUs and memory every two seconds');
    setInterval(() => void keeper.scan(), pollIntervalMs);
  };
  try {
    watchUevents(native, log, {
      received: (uevent) => take(keeper, uevent),
      lost: () => {
        keeper.forgetAll();
        void keeper.scan();
      },
      ended: poll,
    });
  } catch (error) {
    log.warn({ err: error }, 'the uevent socket can not be opened');
    poll();
  }
  void keeper.scan();
}
