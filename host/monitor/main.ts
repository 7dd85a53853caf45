import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError, FirstbornError } from '../../protocol/errors.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';
import { type MachineLock, takeLock } from '../machine/machine-lock.ts';
import { Monitor } from './monitor.ts';
import { MonitorLog } from './monitor-log.ts';
import { isServed } from './socket-probe.ts';

/**
 * The monitor's process: `main.ts DIRECTORY`, in a session of its own, stderr being `monitor.log`. Ends with 0
 * when its machine needs it no more, or has another monitor that serves already. Internal: spawn-monitor.ts starts it.
 */

/** How long a monitor that is about to end may keep its lock. */
const lockMs = 10_000;
const retryIntervalMs = 20;

/** Takes the machine's lock; `undefined` when a monitor that serves has it. */
async function becomeMonitor(directory: MachineDirectory): Promise<MachineLock | undefined> {
  const endMs = performance.now() + lockMs;
  for (;;) {
    const lock = takeLock(directory.lockPath);
    if (lock !== undefined) return lock;
    if (await isServed(directory.monitorSocketPath)) return undefined;
    if (performance.now() > endMs) {
      throw new FirstbornError('host', `Cannot lock "${directory.lockPath}": its holder serves nobody`);
    }
    await delay(retryIntervalMs);
  }
}

async function run(path: string, log: MonitorLog): Promise<void> {
  const directory = new MachineDirectory(path);
  const lock = await becomeMonitor(directory);
  if (lock === undefined) return;
  const monitor = await Monitor.open(directory, (message) => log.say(message));
  process.on('SIGTERM', () => void monitor.stop());
  await monitor.ended;
  lock.release();
}

// Everything in the directory is its owner's alone, sockets included.
process.umask(0o077);
// Signals of a terminal are not meant for a machine.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, () => {});
const log = new MonitorLog((text) => {
  try {
    writeSync(process.stderr.fd, text);
  } catch {
    // A full disk must not end the monitor, and process.stderr would be destroyed by it.
  }
});
try {
  await run(process.argv[2] ?? '', log);
  process.exit(0);
} catch (error) {
  log.say(describeError(error));
  process.exit(1);
}
