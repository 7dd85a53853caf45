import { type BootTimelineAddition, HostTimes } from '../boot-chart/boot-timeline.ts';
import type { MachineRecord } from '../machine/machine-record.ts';

/** Notes when what happens at the host during one boot: the guest knows its own times only. */
export class BootWatch {
  readonly #times: Partial<HostTimes> = {};

  /** It happens now; only the first time counts. */
  note(moment: keyof HostTimes): void {
    this.#times[moment] ??= Date.now();
  }

  /**
   * What is recorded with the guest's timeline. The times are absent when another monitor has begun the boot: then some
   * of them are missing.
   */
  addition({ machine, accelerator, cpus, memoryMiB }: MachineRecord['description']): BootTimelineAddition {
    const times = HostTimes.safeParse(this.#times);
    return { ...(times.success ? { host: times.data } : {}), board: machine, accelerator, cpus, memoryMiB };
  }
}
