import { FirstbornError } from '../../protocol/errors.ts';
import { findProcess } from '../../host/machine/find-process.ts';
import { LiveMachine } from '../../test/support/live-machine.ts';
import { processBytes } from './host-memory.ts';

const monitorProgram = 'host/monitor/main.ts';

/** The monitor of a machine whose workload sleeps, as `firstborn run -d` leaves it. */
export async function measureMonitor(): Promise<number> {
  await using live = await LiveMachine.boot();
  const monitor = findProcess(`${monitorProgram}\0${live.machine.directory}`);
  if (monitor === undefined)
    throw new FirstbornError('host', `Cannot find the monitor of "${live.machine.directory}"`);
  return await processBytes(monitor.pid);
}
