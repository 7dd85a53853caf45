import type { LaunchConfigInput } from '../../protocol/launch-config.ts';
import type { DiskNaming, MountPlan } from '../launch/volumes.ts';
import type { MachineRecord } from '../machine/machine-record.ts';
import type { AcceleratorChoice } from '../vm/accelerator.ts';
import type { DomainDescription } from '../vm/domain-description.ts';
import type { MachineDescription } from '../vm/machine-description.ts';
import type { BootFiles } from './boot-files.ts';
import type { PreparedDisks } from './disks.ts';
import type { OnProgress } from './progress.ts';

/** What a machine is described by, once all of it is there. */
export interface MachineParts {
  bootFiles: BootFiles;
  disks: PreparedDisks;
  /** The disk with init's runtime, if it is not in the initramfs. */
  runtimeDiskPath: string | undefined;
  mounts: Pick<MountPlan, 'disks' | 'shares'>;
}

/** A machine as what runs it wants it told. */
export interface DescribedMachine extends Pick<MachineRecord, 'qemuPath' | 'xen'> {
  description: MachineDescription | DomainDescription;
  accelerator: AcceleratorChoice;
}

/** What runs machines, as far as preparing one depends on it: its programs are found, its network is laid out. */
export interface Platform extends Pick<MachineRecord, 'ports'> {
  /** With its version if it tells one, for people. */
  title: string;
  network: LaunchConfigInput['network'];
  /** How the guest finds disks, where they have no serials. */
  nameDisk?: DiskNaming;
  /** Throws FirstbornErrors, and the signal's reason when aborted. */
  describe(
    parts: MachineParts,
    options: { signal: AbortSignal; onProgress?: OnProgress },
  ): Promise<DescribedMachine>;
}
