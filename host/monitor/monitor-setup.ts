import { describeError } from '../../protocol/errors.ts';
import type { MachineDirectory } from '../machine/machine-directory.ts';
import { ownIdentity } from '../machine/liveness.ts';
import { readRecord, readStatus } from '../machine/machine-files.ts';
import { EventLog } from './event-log.ts';
import { InputHub } from './input-hub.ts';
import type { MonitorContext } from './monitor-context.ts';
import { OutputBroadcaster } from './output-broadcaster.ts';
import { StatusKeeper } from './status-keeper.ts';
import { WorkloadLog } from './workload-log.ts';

/**
 * Opens all that a monitor works with in its machine's directory, and names this process as the monitor there.
 * Blocks for as long as the logs' repair takes. Throws FirstbornErrors of code `host`, and what opening throws.
 */
export async function openContext(
  directory: MachineDirectory,
  warn: (message: string) => void,
): Promise<MonitorContext> {
  const record = await readRecord(directory);
  const keeper = new StatusKeeper(directory, await readStatus(directory), warn);
  const events = new EventLog(directory.eventsPath, record);
  keeper.update({ monitor: ownIdentity() });
  return {
    directory,
    record,
    keeper,
    log: new WorkloadLog(directory.workloadLogPath, record.log),
    broadcaster: new OutputBroadcaster(),
    input: new InputHub(record.stdinOnce),
    recordEvent: (event) => {
      try {
        events.append(event);
      } catch (error) {
        warn(`Cannot record the event "${event.event}": ${describeError(error)}`);
      }
    },
    warn,
  };
}
