import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { truncate, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FirstbornError } from '../../protocol/errors.ts';
import { MachineDirectory } from '../machine/machine-directory.ts';
import { isServed } from './socket-probe.ts';

const programPath = join(import.meta.dirname, 'main.ts');
const readyMs = 30_000;
const retryIntervalMs = 20;
/** What earlier monitors said beyond this is dropped. */
const maxLogBytes = 1024 * 1024;

/**
 * Starts a monitor over the machine in a directory and resolves when somebody serves its socket, be it this monitor or another
 * that was there first. The monitor has a session of its own and survives this process. Rejects with code `host`
 * and the monitor's own words when it ends before that, with code `timeout` when it does not come to serve.
 */
export async function spawnMonitor(path: string): Promise<void> {
  const directory = new MachineDirectory(path);
  const said = await sizeOfLog(directory.monitorLogPath);
  const log = openLog(directory.monitorLogPath);
  // Options for a debugger or a preload are this process's, not the monitor's.
  const { NODE_OPTIONS: _options, ...environment } = process.env;
  const child = spawn(process.execPath, [programPath, path], {
    detached: true,
    stdio: ['ignore', 'ignore', log],
    cwd: '/',
    env: environment,
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  let end: string | undefined;
  void ended.then((how) => {
    end = how;
  });
  const endMs = performance.now() + readyMs;
  // One that finds another monitor serving ends with 0; that one's socket is looked at once more.
  for (let wasOver = false; !(await isServed(directory.monitorSocketPath)); wasOver = end !== undefined) {
    if (wasOver) throw notStarted(directory, end ?? '', said);
    if (performance.now() > endMs) {
      child.kill('SIGKILL');
      throw new FirstbornError('timeout', `Cannot reach the monitor of "${path}" within ${readyMs / 1000} s`);
    }
    await Promise.race([delay(retryIntervalMs), ended]);
  }
  child.unref();
}

async function sizeOfLog(logPath: string): Promise<number> {
  const sizeBytes = await stat(logPath).then(
    ({ size }) => size,
    () => 0,
  );
  if (sizeBytes <= maxLogBytes) return sizeBytes;
  await truncate(logPath);
  return 0;
}

function openLog(logPath: string): number {
  try {
    return openSync(logPath, 'a', 0o600);
  } catch (cause) {
    throw new FirstbornError('host', `Cannot open "${logPath}"`, { cause });
  }
}

function notStarted(
  { monitorLogPath, path }: MachineDirectory,
  end: string,
  saidBytes: number,
): FirstbornError {
  const words = readFileSync(monitorLogPath).toString('utf8', saidBytes).trim();
  const reason = words === '' ? `it ended with ${end}` : words;
  return new FirstbornError('host', `Cannot start the monitor of "${path}": ${reason}`);
}
