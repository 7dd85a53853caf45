import type { RecordedEvent } from '../client/types.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import type { MachineRecord } from '../machine/machine-record.ts';
import type { InputHub } from './input-hub.ts';
import type { OutputBroadcaster } from './output-broadcaster.ts';
import type { StatusKeeper } from './status-keeper.ts';
import type { WorkloadLog } from './workload-log.ts';

/** What the parts of a monitor share about their machine, over all of its boots. */
export interface MonitorContext {
  directory: MachineDirectory;
  record: MachineRecord;
  keeper: StatusKeeper;
  log: WorkloadLog;
  broadcaster: OutputBroadcaster;
  input: InputHub;
  /** Puts an event on record before it returns. Never throws. */
  recordEvent: (event: RecordedEvent['event']) => void;
  /** Says something in the monitor's log. */
  warn: (message: string) => void;
}
